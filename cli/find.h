// From what people write to the collections and items they mean.
#pragma once

#include <span>

#include "cli/secret_service.h"

namespace cli {

inline constexpr const char* kDefaultCollection = "default";

// `name` is a full path, an alias, the last element of a path, or a label, tried in this order.
// Code::no_such_collection when it is none of them; Code::invalid when two have that label.
base::Result<std::string> find_collection(SecretService& service, const std::string& name);

// The paths of the items that `words` name (one path, or attributes) or that have `attributes`;
// what is locked comes last. Code::no_such_item when there is none.
base::Result<std::vector<std::string>> find_paths(SecretService& service,
                                                  std::span<const std::string> words);
base::Result<std::vector<std::string>> find_paths(SecretService& service,
                                                  const Attributes& attributes);

// The items themselves: a call for each.
base::Result<std::vector<Item>> read_items(SecretService& service,
                                           std::span<const std::string> paths);
base::Result<std::vector<Item>> find_items(SecretService& service,
                                           std::span<const std::string> words);
base::Result<std::vector<Item>> find_items(SecretService& service, const Attributes& attributes);

// Unlocks those that are locked, and reads them again: some providers hide labels until then.
base::Result<std::vector<Item>> unlocked(SecretService& service, std::vector<Item> items);

// The one to read: the first that is not locked, else the first, unlocked for this.
base::Result<Item> find_readable_item(SecretService& service, std::span<const std::string> words);
base::Result<Item> find_readable_item(SecretService& service, const Attributes& attributes);

// The one to change. Code::invalid when several have these attributes.
base::Result<Item> find_only_item(SecretService& service, std::span<const std::string> words);

// Which of the usual aliases (default, login, session) the collection has.
base::Result<std::vector<std::string>> aliases_of(SecretService& service, const std::string& path);

}  // namespace cli
