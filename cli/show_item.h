// Items as people, and programs, see them.
#pragma once

#include "cli/json.h"

namespace cli {

// The item's label, or words for why there is none: providers may hide it while it is locked.
std::string shown_label(const Item& item);

// An item, and its secret when it was asked for and could be read.
struct ShownItem {
  Item item;
  std::optional<SecretValue> secret;
};

// As JSON, or for people: the label, and below it what is known.
Json json_of(const ShownItem& shown);
void print_item(const ShownItem& shown);

// With `secrets`, reads those of the items that are not locked.
base::Result<std::vector<ShownItem>> shown_items(SecretService& service, std::vector<Item> items,
                                                 bool secrets);

}  // namespace cli
