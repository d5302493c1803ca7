// coffer list
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/find.h"
#include "cli/output.h"
#include "cli/show_item.h"

namespace cli {
namespace {

struct Options {
  std::string collection = kDefaultCollection;
};

std::string one_line(const Attributes& attributes) {
  std::string line;
  for (const auto& [key, value] : attributes) {
    if (key == "xdg:schema") continue;  // says little to people, and is long
    line += fmt::format("{}{}={}", line.empty() ? "" : ", ", key, value);
  }
  return line;
}

base::Result<std::vector<Item>> items_of(SecretService& service, const std::string& name) {
  auto path = find_collection(service, name);
  if (!path) return base::fail(path.error());
  auto collection = service.collection(*path);
  if (!collection) return base::fail(collection.error());
  std::vector<Item> items;
  for (const std::string& each : collection->items) {
    auto item = service.item(each);
    if (!item) return base::fail(item.error());
    items.push_back(*std::move(item));
  }
  return items;
}

base::Outcome list(const Options& options, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto items = items_of(*service, options.collection);
  if (!items) return base::fail(items.error());
  Json array = Json::array();
  Table table({"LABEL", "MODIFIED", "ATTRIBUTES", "PATH"});
  for (const Item& item : *items) {
    array.push_back(json_of(item));
    table.add({{shown_label(item), item.locked ? Style::faint : Style::strong},
               relative_time(item.modified),
               one_line(item.attributes),
               {item.path, Style::faint}});
  }
  if (json)
    print_json(array);
  else
    table.print();
  return base::Ok{};
}

}  // namespace

void add_list(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, invocation, "list", "List the items of a collection",
                                  {"coffer list", R"(coffer list "Work things" --json)"});
  command->add_option("collection,-c,--collection", options->collection,
                      "Path, alias, name or label; the default collection without it");
  runs(command, invocation, options, list);
}

}  // namespace cli
