// The types a message's members may have. Each carries its own bound.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "base/bytes.h"
#include "base/unique_fd.h"

namespace ipc {

// UTF-8 without NUL, at most Max bytes.
template <std::size_t Max>
struct Text {
  std::string value;
  bool operator==(const Text&) const = default;
};

// Any bytes, at most Max of them.
template <std::size_t Max>
struct Bytes {
  base::Bytes value;
  bool operator==(const Bytes&) const = default;
};

// At most Max elements, whose encodings are together at most MaxBytes long (0: no second bound).
template <class T, std::size_t Max, std::size_t MaxBytes = 0>
struct List {
  std::vector<T> items;
  bool operator==(const List&) const = default;
};

template <class T>
struct Optional {
  std::optional<T> value;
  bool operator==(const Optional&) const = default;
};

// A descriptor that travels with the message (SCM_RIGHTS). Always present.
struct Fd {
  base::UniqueFd value;
};

// A number that cannot be mistaken for another kind of number.
template <class Tag, class Number = std::uint64_t>
struct Id {
  Number value{};
  auto operator<=>(const Id&) const = default;
  static constexpr auto fields = std::tuple{&Id::value};
};

// An answer that says only "done".
struct Nothing {
  bool operator==(const Nothing&) const = default;
  static constexpr std::tuple<> fields{};
};

// Specialised next to each enum: the values that may cross the wire.
template <class E>
inline constexpr std::array<E, 0> kEnumerators{};

}  // namespace ipc

// Identifiers key hash tables.
template <class Tag, class Number>
struct std::hash<ipc::Id<Tag, Number>> {
  std::size_t operator()(const ipc::Id<Tag, Number>& id) const {
    return std::hash<Number>{}(id.value);
  }
};
