// The nouns that all protocols share, and how large each may be.
#pragma once

#include "ipc/fields.h"

namespace ipc {

inline constexpr std::size_t kMaxSecret = 1024 * 1024;        // a secret's plaintext, bytes
inline constexpr std::size_t kMaxLabel = 8 * 1024;            // a label, bytes of UTF-8
inline constexpr std::size_t kMaxAttributes = 64;             // of one item
inline constexpr std::size_t kMaxAttributesSize = 64 * 1024;  // of one item, encoded
inline constexpr std::size_t kMaxItems = 500'000;             // of one collection
inline constexpr std::size_t kMaxCollections = 256;
inline constexpr std::size_t kMaxRecord =  // a sealed item: content, padding, tag
    kMaxSecret + kMaxAttributesSize + kMaxLabel + 4096;

using Label = Text<kMaxLabel>;
// A collection's name: the file's name without its ending and the last part of its object path,
// before escaping. Letters, digits, "-", "_", "." and UTF-8; see broker for what a file may be
// called.
using CollectionName = Text<128>;
using AliasName = Text<128>;

struct Attribute {
  Text<16 * 1024> name;
  Text<32 * 1024> value;
  auto operator<=>(const Attribute& other) const {
    return std::tie(name.value, value.value) <=> std::tie(other.name.value, other.value.value);
  }
  bool operator==(const Attribute&) const = default;
  static constexpr auto fields = std::tuple{&Attribute::name, &Attribute::value};
};
// Strictly ascending by name: each name once, each set in one order.
using Attributes = List<Attribute, kMaxAttributes, kMaxAttributesSize>;

struct Alias {
  AliasName name;
  CollectionName collection;
  static constexpr auto fields = std::tuple{&Alias::name, &Alias::collection};
};

// What is spoken on a socket for logins: login_protocol.h, or gnome-keyring's control protocol.
enum class LoginProtocol : std::uint8_t { own = 1, gnome_keyring = 2 };

template <>
inline constexpr std::array kEnumerators<LoginProtocol> = {LoginProtocol::own,
                                                           LoginProtocol::gnome_keyring};

}  // namespace ipc
