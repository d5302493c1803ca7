// coffer collections, rename, default, lock
#include <fmt/format.h>

#include "cli/attributes.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/json.h"
#include "cli/output.h"

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

void add_collections(CLI::App& app, Invocation& invocation) {
  runs(add_command(app, invocation, "collections", "List the collections", {"coffer collections"}),
       invocation, std::make_shared<Nothing>(), collections);
}

void add_rename(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RenameOptions>();
  CLI::App* command = add_command(app, invocation, "rename", "Change a collection's label",
                                  {R"(coffer rename "Work things" "Old things")"});
  command->add_option("collection", options->collection, "Path, alias, name or label")->required();
  command->add_option("label", options->label, "The new label")->required();
  runs(command, invocation, options, rename);
}

void add_default(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<DefaultOptions>();
  CLI::App* command = add_command(app, invocation, "default", "Show or set the default collection",
                                  {"coffer default", R"(coffer default "Work things")"});
  command->add_option("collection", options->collection, "The one to use from now on");
  runs(command, invocation, options, default_collection);
}

void add_lock(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<LockOptions>();
  CLI::App* command = add_command(app, invocation, "lock", "Lock collections",
                                  {"coffer lock", R"(coffer lock "Work things")"});
  command->add_option("collections,-c,--collection", options->collections,
                      "Which ones; all without it");
  runs(command, invocation, options, lock);
}

}  // namespace

void add_collection_commands(CLI::App& app, Invocation& invocation) {
  add_collections(app, invocation);
  add_rename(app, invocation);
  add_default(app, invocation);
  add_lock(app, invocation);
}

}  // namespace cli
