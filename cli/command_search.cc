// coffer search, coffer show
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/find.h"
#include "cli/show_item.h"

namespace cli {
namespace {

struct Options {
  bool all = false;
  bool unlock = false;
  bool secrets = false;
  std::vector<std::string> words;
};

base::Outcome print(const std::vector<ShownItem>& items, bool json) {
  if (!json) {
    for (const ShownItem& item : items) print_item(item);
    return base::Ok{};
  }
  Json array = Json::array();
  for (const ShownItem& item : items) array.push_back(json_of(item));
  print_json(array);
  return base::Ok{};
}

base::Result<std::vector<Item>> find(SecretService& service, const Options& options) {
  auto paths = find_paths(service, options.words);
  if (!paths) return base::fail(paths.error());
  if (!options.all) paths->resize(1);
  auto items = read_items(service, *paths);
  if (!items || !options.unlock) return items;
  return unlocked(service, *std::move(items));
}

base::Outcome search(const Options& options, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto items = find(*service, options);
  if (!items) {
    if (json && items.error().code == base::Code::no_such_item) print_json(Json::array());
    return base::fail(items.error());
  }
  auto shown = shown_items(*service, *std::move(items), options.secrets);
  if (!shown) return base::fail(shown.error());
  return print(*shown, json);
}

base::Outcome show(const Options& options, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto item = find_only_item(*service, options.words);
  if (!item) return base::fail(item.error());
  base::Result<std::vector<Item>> items = std::vector{*std::move(item)};
  if (options.secrets) items = unlocked(*service, *std::move(items));
  if (!items) return base::fail(items.error());
  auto shown = shown_items(*service, *std::move(items), options.secrets);
  if (!shown) return base::fail(shown.error());
  if (json)
    print_json(json_of(shown->front()));
  else
    print_item(shown->front());
  return base::Ok{};
}

}  // namespace

void add_search(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, invocation, "search", "Find items by their attributes",
      {"coffer search user=jo", "coffer search --all --unlock --secrets server=mail.example"});
  command->add_flag("-a,--all", options->all, "All matches, not the first alone");
  command->add_flag("--unlock", options->unlock, "Unlock the locked ones first");
  command->add_flag("--secrets", options->secrets, "Show secrets too, of items that are unlocked");
  command->add_option("item", options->words, "key=value... (or: key value...)");
  runs(command, invocation, options, search);
}

void add_show(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, invocation, "show", "Show one item",
                                  {"coffer show user=jo server=mail.example --secrets"});
  command->add_flag("--secrets", options->secrets, "Show its secret too, unlocking it first");
  command->add_option("item", options->words, "A path, or key=value...");
  runs(command, invocation, options, show);
}

}  // namespace cli
