#include "cli/find.h"

#include <fmt/format.h>

#include "cli/attributes.h"

namespace cli {
namespace {

base::Outcome check_path(const std::string& path) {
  if (is_path(path)) return base::Ok{};
  return base::fail(base::Code::invalid, fmt::format("\"{}\" is not a valid path", path));
}

base::Failure<base::Error> no_collection(const std::string& name) {
  if (name == kDefaultCollection)
    return base::fail(
        base::Code::no_such_collection,
        "there is no default collection; \"coffer create --default LABEL\" makes one");
  return base::fail(
      base::Code::no_such_collection,
      fmt::format("there is no collection \"{}\"; \"coffer collections\" lists them", name));
}

// By the last element of its path, else by its label.
base::Result<std::string> find_by_name(SecretService& service, const std::string& name) {
  auto paths = service.collections();
  if (!paths) return base::fail(paths.error());
  for (const std::string& path : *paths)
    if (path.substr(path.rfind('/') + 1) == name) return path;
  std::vector<std::string> labelled;
  for (const std::string& path : *paths) {
    auto collection = service.collection(path);
    if (!collection) return base::fail(collection.error());
    if (collection->label == name) labelled.push_back(path);
  }
  if (labelled.empty()) return no_collection(name);
  if (labelled.size() > 1)
    return base::fail(base::Code::invalid,
                      fmt::format("{} collections are labelled \"{}\"; name one by its path",
                                  labelled.size(), name));
  return labelled.front();
}

base::Result<Item> readable_item(SecretService& service, const std::string& path) {
  auto item = service.item(path);
  if (!item || !item->locked) return item;
  if (auto opened = service.unlock({path}); !opened) return base::fail(opened.error());
  return service.item(path);
}

}  // namespace

base::Result<std::string> find_collection(SecretService& service, const std::string& name) {
  if (auto checked = check_text(name, "collection's name"); !checked)
    return base::fail(checked.error());
  if (name.starts_with('/')) {
    if (auto checked = check_path(name); !checked) return base::fail(checked.error());
    // Providers pass over paths that they do not know without a word.
    if (auto there = service.collection(name); !there) return base::fail(there.error());
    return name;
  }
  auto alias = service.read_alias(name);
  if (!alias) return base::fail(alias.error());
  if (*alias != names::kNoObject) return alias;
  if (name == kDefaultCollection) return no_collection(name);
  return find_by_name(service, name);
}

base::Result<std::vector<std::string>> find_paths(SecretService& service,
                                                  const Attributes& attributes) {
  auto found = service.search(attributes);
  if (!found) return base::fail(found.error());
  std::vector<std::string> paths = std::move(found->unlocked);
  paths.insert(paths.end(), found->locked.begin(), found->locked.end());
  if (paths.empty())
    return base::fail(base::Code::no_such_item,
                      "no item has these attributes; \"coffer list\" shows what there is");
  return paths;
}

base::Result<std::vector<std::string>> find_paths(SecretService& service,
                                                  std::span<const std::string> words) {
  if (words.size() == 1 && words.front().starts_with('/')) {
    if (auto checked = check_path(words.front()); !checked) return base::fail(checked.error());
    return std::vector{words.front()};
  }
  auto attributes = parse_some_attributes(words);
  if (!attributes) return base::fail(attributes.error());
  return find_paths(service, *attributes);
}

base::Result<std::vector<Item>> read_items(SecretService& service,
                                           std::span<const std::string> paths) {
  std::vector<Item> items;
  for (const std::string& path : paths) {
    auto item = service.item(path);
    if (!item) return base::fail(item.error());
    items.push_back(*std::move(item));
  }
  return items;
}

base::Result<std::vector<Item>> find_items(SecretService& service,
                                           std::span<const std::string> words) {
  auto paths = find_paths(service, words);
  if (!paths) return base::fail(paths.error());
  return read_items(service, *paths);
}

base::Result<std::vector<Item>> find_items(SecretService& service, const Attributes& attributes) {
  auto paths = find_paths(service, attributes);
  if (!paths) return base::fail(paths.error());
  return read_items(service, *paths);
}

base::Result<std::vector<Item>> unlocked(SecretService& service, std::vector<Item> items) {
  std::vector<std::string> locked;
  for (const Item& item : items)
    if (item.locked) locked.push_back(item.path);
  if (locked.empty()) return items;
  if (auto opened = service.unlock(locked); !opened) return base::fail(opened.error());
  for (Item& item : items) {
    auto again = service.item(item.path);
    if (!again) return base::fail(again.error());
    item = *std::move(again);
  }
  return items;
}

base::Result<Item> find_readable_item(SecretService& service, std::span<const std::string> words) {
  auto paths = find_paths(service, words);
  if (!paths) return base::fail(paths.error());
  return readable_item(service, paths->front());
}

base::Result<Item> find_readable_item(SecretService& service, const Attributes& attributes) {
  auto paths = find_paths(service, attributes);
  if (!paths) return base::fail(paths.error());
  return readable_item(service, paths->front());
}

base::Result<Item> find_only_item(SecretService& service, std::span<const std::string> words) {
  auto paths = find_paths(service, words);
  if (!paths) return base::fail(paths.error());
  if (paths->size() > 1)
    return base::fail(base::Code::invalid,
                      fmt::format("{} items have these attributes; name one by its path, as "
                                  "\"coffer search --all\" shows it",
                                  paths->size()));
  return service.item(paths->front());
}

base::Result<std::vector<std::string>> aliases_of(SecretService& service, const std::string& path) {
  std::vector<std::string> aliases;
  for (const char* alias : {"default", "login", "session"}) {
    auto named = service.read_alias(alias);
    if (!named) return base::fail(named.error());
    if (*named == path) aliases.emplace_back(alias);
  }
  return aliases;
}

}  // namespace cli
