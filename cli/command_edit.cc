// coffer edit, coffer delete
#include <fmt/format.h>

#include "cli/attributes.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/json.h"
#include "cli/terminal.h"

namespace cli {
namespace {

struct EditOptions {
  std::optional<std::string> label;
  std::vector<std::string> set;
  std::vector<std::string> unset;
  bool secret = false;
  std::vector<std::string> words;
};

base::Result<Attributes> edited(Attributes attributes, const EditOptions& options) {
  for (const std::string& key : options.unset)
    if (attributes.erase(key) == 0)
      return base::fail(base::Code::invalid,
                        fmt::format("the item has no attribute \"{}\" to remove", key));
  auto set = parse_attributes(options.set);
  if (!set) return base::fail(set.error());
  for (const auto& [key, value] : *set) attributes[key] = value;
  return attributes;
}

base::Outcome edit_secret(SecretService& service, const std::string& item) {
  auto former = service.secret(item);  // for its content type
  if (!former) return base::fail(former.error());
  auto secret = read_secret("New secret");
  if (!secret) return base::fail(secret.error());
  return service.set_secret(item, {*std::move(secret), former->content_type});
}

base::Outcome edit(const EditOptions& options, bool json) {
  if (!options.label && options.set.empty() && options.unset.empty() && !options.secret)
    return base::fail(base::Code::invalid,
                      "say what to change: --label, --set, --unset or --secret");
  if (options.label)
    if (auto checked = check_text(*options.label, "label"); !checked) return checked;
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto item = find_only_item(*service, options.words);
  if (!item) return base::fail(item.error());
  auto readable = unlocked(*service, {*std::move(item)});
  if (!readable) return base::fail(readable.error());
  const Item& former = readable->front();
  auto attributes = edited(former.attributes, options);
  if (!attributes) return base::fail(attributes.error());
  if (*attributes != former.attributes)
    if (auto set = service->set_attributes(former.path, *attributes); !set) return set;
  if (options.label)
    if (auto set = service->set_item_label(former.path, *options.label); !set) return set;
  if (options.secret)
    if (auto set = edit_secret(*service, former.path); !set) return set;
  if (!json) return base::Ok{};
  auto after = service->item(former.path);
  if (!after) return base::fail(after.error());
  print_json(json_of(*after));
  return base::Ok{};
}

struct DeleteOptions {
  bool yes = false;
  std::vector<std::string> words;
};

std::string question_about(const std::vector<Item>& items) {
  return items.size() == 1 ? fmt::format("Delete \"{}\"?", items.front().label)
                           : fmt::format("Delete these {} items?", items.size());
}

base::Outcome remove(const DeleteOptions& options, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto items = find_items(*service, options.words);
  if (!items) return base::fail(items.error());
  if (!options.yes && !confirm(question_about(*items)))
    return base::fail(base::Code::locked, "nothing was deleted");
  items = unlocked(*service, *std::move(items));
  if (!items) return base::fail(items.error());
  Json deleted = Json::array();
  for (const Item& item : *items) {
    if (auto removed = service->remove_item(item.path); !removed) return removed;
    deleted.push_back(item.path);
  }
  if (json) print_json(deleted);
  return base::Ok{};
}

}  // namespace

void add_edit(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<EditOptions>();
  CLI::App* command =
      add_command(app, invocation, "edit", "Change an item's label, attributes or secret",
                  {R"(coffer edit user=jo server=mail.example --label "Mail" --set port=993)",
                   "coffer edit user=jo server=mail.example --secret < new-secret"});
  command->add_option("-l,--label", options->label, "The new label");
  command->add_option("--set", options->set, "An attribute to add or change: key=value")
      ->allow_extra_args(false);
  command->add_option("--unset", options->unset, "The name of an attribute to remove")
      ->allow_extra_args(false);
  command->add_flag("--secret", options->secret, "Read a new secret from standard input");
  command->add_option("item", options->words, "A path, or key=value...");
  runs(command, invocation, options, edit);
}

void add_delete(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<DeleteOptions>();
  CLI::App* command =
      add_command(app, invocation, "delete", "Delete all items that match",
                  {"coffer delete user=jo server=mail.example", "coffer clear user jo"});
  command->alias("clear");
  command->add_flag("-y,--yes", options->yes, "Do not ask on the terminal");
  command->add_option("item", options->words, "A path, or key=value... (or: key value...)");
  runs(command, invocation, options, remove);
}

}  // namespace cli
