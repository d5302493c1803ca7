// GLib's GVariant serialisation, little endian: as much of it as libsecret's files need. Only the
// normal form is read: everything else is refused, so that one value has one encoding.
#pragma once

#include <initializer_list>
#include <optional>

#include "formats/secret_buffer.h"

namespace formats::gvariant {

// How values of a type lie in memory: "u" is {4, 4}, "t" {8, 8}; strings, arrays of bytes and what
// contains them have no fixed size, and the alignment of their most demanding part.
struct Layout {
  std::size_t alignment;
  std::size_t size;  // 0: not fixed
};
inline constexpr Layout u32_layout{4, 4};
inline constexpr Layout u64_layout{8, 8};
inline constexpr Layout bytes_layout{1, 0};  // also strings, and arrays and tuples of no more

// Reading gives views of the container; none when it is malformed.
using Parts = std::vector<base::ByteView>;
std::optional<Parts> read_tuple(base::ByteView container, std::initializer_list<Layout> members);
// An array whose elements have alignment 1 and no fixed size.
std::optional<Parts> read_array(base::ByteView container);
std::optional<std::string_view> read_string(base::ByteView value);
std::uint64_t read_number(base::ByteView value);  // "u" or "t", as long as the view

struct Member {
  Layout layout;
  SecretBuffer value;
};
SecretBuffer write_tuple(const std::vector<Member>& members);
SecretBuffer write_array(const std::vector<SecretBuffer>& elements);

Member string_member(std::string_view text);
Member bytes_member(base::ByteView bytes);  // also a serialised value of alignment 1
Member u32_member(std::uint32_t value);
Member u64_member(std::uint64_t value);

}  // namespace formats::gvariant
