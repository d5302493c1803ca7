// Object paths: what stands for what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace frontend {

struct ServicePath {
  bool operator==(const ServicePath&) const = default;
};
// A parent of the service's path, such as "/" or "/org": exists only for introspection.
struct ParentPath {
  std::string child;  // the next part of the path
  bool operator==(const ParentPath&) const = default;
};
// /collection/NAME, or /aliases/ALIAS when `alias` is set.
struct CollectionPath {
  std::string name;
  bool alias = false;
  bool operator==(const CollectionPath&) const = default;
};
struct ItemPath {
  CollectionPath collection;
  std::uint64_t number = 0;
  bool operator==(const ItemPath&) const = default;
};
struct SessionPath {
  std::uint64_t number = 0;
  bool operator==(const SessionPath&) const = default;
};
struct PromptPath {
  std::uint64_t number = 0;
  bool operator==(const PromptPath&) const = default;
};
struct UnknownPath {
  bool operator==(const UnknownPath&) const = default;
};
using Path = std::variant<UnknownPath, ParentPath, ServicePath, CollectionPath, ItemPath,
                          SessionPath, PromptPath>;

// Total: whatever is no path of ours is an UnknownPath.
Path parse_path(std::string_view path);

std::string collection_path(std::string_view name);
std::string item_path(std::string_view collection, std::uint64_t number);
std::string session_path(std::uint64_t number);
std::string prompt_path(std::uint64_t number);

// Letters and digits stay; every other byte becomes "_" and two hexadecimal digits.
std::string escape(std::string_view name);
// Nothing when `part` is not what escape() makes of some name.
std::optional<std::string> unescape(std::string_view part);

}  // namespace frontend
