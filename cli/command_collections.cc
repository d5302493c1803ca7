// coffer collections, create, rename, default, lock, remove
#include <fmt/format.h>

#include "cli/attributes.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace cli {
namespace {

struct Nothing {};

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : ", ") + word;
  return line;
}

base::Outcome collections(const Nothing&, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto paths = service->collections();
  if (!paths) return base::fail(paths.error());
  Json array = Json::array();
  Table table({"LABEL", "STATE", "ITEMS", "ALIASES", "MODIFIED", "PATH"});
  for (const std::string& path : *paths) {
    auto each = service->collection(path);
    if (!each) return base::fail(each.error());
    auto aliases = aliases_of(*service, path);
    if (!aliases) return base::fail(aliases.error());
    array.push_back(json_of(*each, *aliases));
    table.add({{each->label, Style::strong},
               each->locked ? Table::Cell{"locked", Style::warning}
                            : Table::Cell{"unlocked", Style::good},
               std::to_string(each->items.size()),
               joined(*aliases),
               relative_time(each->modified),
               {path, Style::faint}});
  }
  if (json)
    print_json(array);
  else
    table.print();
  return base::Ok{};
}

struct CreateOptions {
  std::string label;
  bool make_default = false;
  bool from_input = false;
};

base::Result<std::string> create_with_password(SecretService& service,
                                               const CreateOptions& options) {
  auto password = read_new_password("Password of the new collection");
  if (!password) return base::fail(password.error());
  auto path = service.create_collection(options.label, *password);
  if (!path || !options.make_default) return path;
  if (auto set = service.set_alias(kDefaultCollection, *path); !set) return base::fail(set.error());
  return path;
}

base::Outcome create(const CreateOptions& options, bool json) {
  if (auto checked = check_text(options.label, "label"); !checked) return checked;
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto path = options.from_input
                  ? create_with_password(*service, options)
                  : service->create_collection(options.label,
                                               options.make_default ? kDefaultCollection : "");
  if (!path) return base::fail(path.error());
  if (json)
    print_json({{"path", *path}});
  else
    fmt::print("{}\n", *path);
  return base::Ok{};
}

struct RenameOptions {
  std::string collection;
  std::string label;
};

base::Outcome rename(const RenameOptions& options, bool json) {
  if (auto checked = check_text(options.label, "label"); !checked) return checked;
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto path = find_collection(*service, options.collection);
  if (!path) return base::fail(path.error());
  auto renamed = service->rename_collection(*path, options.label);
  if (renamed && json) print_json({{"path", *path}, {"label", options.label}});
  return renamed;
}

struct DefaultOptions {
  std::string collection;
};

base::Outcome default_collection(const DefaultOptions& options, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  const bool sets = !options.collection.empty();
  auto path = find_collection(*service, sets ? options.collection : kDefaultCollection);
  if (!path) return base::fail(path.error());
  if (sets)
    if (auto set = service->set_alias(kDefaultCollection, *path); !set) return set;
  if (json)
    print_json({{"path", *path}});
  else if (!sets)
    fmt::print("{}\n", *path);
  return base::Ok{};
}

struct LockOptions {
  std::vector<std::string> collections;
};

base::Outcome lock(const LockOptions& options, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  std::vector<std::string> paths;
  if (options.collections.empty()) {
    auto all = service->collections();
    if (!all) return base::fail(all.error());
    paths = *std::move(all);
  }
  for (const std::string& name : options.collections) {
    auto path = find_collection(*service, name);
    if (!path) return base::fail(path.error());
    paths.push_back(*std::move(path));
  }
  if (auto locked = service->lock(paths); !locked) return locked;
  if (json) print_json(paths);
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
    return base::fail(base::Code::denied, "nothing was removed");
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

void add_collections(CLI::App& app, Invocation& invocation) {
  runs(add_command(app, invocation, "collections", "List the collections"), invocation,
       std::make_shared<Nothing>(), collections);
}

void add_create(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<CreateOptions>();
  CLI::App* command = add_command(app, invocation, "create", "Create a collection");
  command->add_option("label", options->label, "Its label")->required();
  command->add_flag("--default", options->make_default, "Make it the default collection");
  command->add_flag("--stdin", options->from_input,
                    "Take its password from the terminal, or from one line of standard input");
  runs(command, invocation, options, create);
}

void add_rename(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RenameOptions>();
  CLI::App* command = add_command(app, invocation, "rename", "Change a collection's label");
  command->add_option("collection", options->collection, "Path, alias, name or label")->required();
  command->add_option("label", options->label, "The new label")->required();
  runs(command, invocation, options, rename);
}

void add_default(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<DefaultOptions>();
  CLI::App* command = add_command(app, invocation, "default", "Show or set the default collection");
  command->add_option("collection", options->collection, "The one to use from now on");
  runs(command, invocation, options, default_collection);
}

void add_lock(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<LockOptions>();
  CLI::App* command = add_command(app, invocation, "lock", "Lock collections");
  command->add_option("collections,-c,--collection", options->collections,
                      "Which ones; all without it");
  runs(command, invocation, options, lock);
}

void add_remove(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RemoveOptions>();
  CLI::App* command = add_command(app, invocation, "remove", "Remove a collection and its items");
  command->add_option("collection", options->collection, "Path, alias, name or label")->required();
  command->add_flag("-y,--yes", options->yes, "Do not ask");
  runs(command, invocation, options, remove);
}

}  // namespace

void add_collection_commands(CLI::App& app, Invocation& invocation) {
  add_collections(app, invocation);
  add_create(app, invocation);
  add_rename(app, invocation);
  add_default(app, invocation);
  add_lock(app, invocation);
  add_remove(app, invocation);
}

}  // namespace cli
