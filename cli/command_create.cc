// coffer create, coffer remove
#include <fmt/format.h>

#include "cli/attributes.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/json.h"
#include "cli/terminal.h"

namespace cli {
namespace {

struct CreateOptions {
  std::string label;
  bool make_default = false;
  bool from_input = false;
};

base::Result<std::string> create_with_password(SecretService& service, const std::string& label) {
  auto password = read_new_password("Password of the new collection");
  if (!password) return base::fail(password.error());
  return service.create_collection(label, *password);
}

base::Outcome create(const CreateOptions& options, bool json) {
  if (auto checked = check_text(options.label, "label"); !checked) return checked;
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto path = options.from_input ? create_with_password(*service, options.label)
                                 : service->create_collection(options.label);
  if (!path) return base::fail(path.error());
  if (options.make_default)
    if (auto set = service->set_alias(kDefaultCollection, *path); !set) return set;
  if (json)
    print_json({{"path", *path}});
  else
    fmt::print("{}\n", *path);
  return base::Ok{};
}

struct RemoveOptions {
  std::string collection;
  bool yes = false;
};

// Unlike items, a whole collection is never removed because a script had no terminal to ask on.
base::Outcome check_sure(const RemoveOptions& options, const Collection& collection) {
  if (options.yes) return base::Ok{};
  if (!is_terminal(STDIN_FILENO))
    return base::fail(base::Code::invalid,
                      "this removes all of its items: say --yes if you mean it");
  if (!confirm(fmt::format("Remove \"{}\" and its {} items for good?", collection.label,
                           collection.items.size())))
    return base::fail(base::Code::locked, "nothing was removed");
  return base::Ok{};
}

base::Outcome remove(const RemoveOptions& options, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto path = find_collection(*service, options.collection);
  if (!path) return base::fail(path.error());
  auto collection = service->collection(*path);
  if (!collection) return base::fail(collection.error());
  if (auto sure = check_sure(options, *collection); !sure) return sure;
  auto removed = service->remove_collection(*path);
  if (removed && json) print_json({{"path", *path}});
  return removed;
}

}  // namespace

void add_create(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<CreateOptions>();
  CLI::App* command = add_command(
      app, invocation, "create", "Create a collection",
      {R"(coffer create "Work things")", "coffer create --stdin --default Login < password-file"});
  command->add_option("label", options->label, "Its label")->required();
  command->add_flag("--default", options->make_default, "Make it the default collection");
  command->add_flag("--stdin", options->from_input,
                    "Take its password from the terminal, or from one line of standard input");
  runs(command, invocation, options, create);
}

void add_remove(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RemoveOptions>();
  CLI::App* command = add_command(app, invocation, "remove", "Remove a collection and its items",
                                  {R"(coffer remove "Old things")"});
  command->add_option("collection", options->collection, "Path, alias, name or label")->required();
  command->add_flag("-y,--yes", options->yes, "Do not ask");
  runs(command, invocation, options, remove);
}

}  // namespace cli
