#include "cli/item_arguments.h"

#include "cli/attributes.h"
#include "cli/find.h"

namespace cli {

void add_options(CLI::App* command, ItemArguments& arguments) {
  arguments.collection = kDefaultCollection;
  command->add_option("-l,--label", arguments.label, "The label, unless it is the first word");
  command->add_option("-c,--collection", arguments.collection, "Where to store it");
  command->add_option("--content-type", arguments.content_type, "The secret's MIME type");
  command->add_flag("--keep", arguments.keep,
                    "Keep an item that has the same attributes: add another");
  command->add_option("item", arguments.words, "LABEL key=value... (or: key value...)");
}

base::Result<NewItem> new_item(const ItemArguments& arguments) {
  std::span<const std::string> words = arguments.words;
  NewItem item;
  item.label = arguments.label;
  if (item.label.empty() && !words.empty()) {
    item.label = words.front();
    words = words.subspan(1);
  }
  if (item.label.empty())
    return base::fail(base::Code::invalid, "the item needs a label: LABEL key=value...");
  if (auto checked = check_text(item.label, "label"); !checked) return base::fail(checked.error());
  if (auto checked = check_text(arguments.content_type, "content type"); !checked)
    return base::fail(checked.error());
  auto attributes = parse_some_attributes(words);
  if (!attributes) return base::fail(attributes.error());
  item.attributes = *std::move(attributes);
  item.secret.content_type = arguments.content_type;
  item.replace = !arguments.keep;
  return item;
}

base::Result<std::string> open_collection(SecretService& service, const std::string& name) {
  auto collection = find_collection(service, name);
  if (!collection) return collection;
  if (auto unlocked = service.unlock({*collection}); !unlocked) return base::fail(unlocked.error());
  return collection;
}

}  // namespace cli
