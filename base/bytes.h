// Byte sequences and the views of them that cross function boundaries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline ByteView bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes copy_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

// For C interfaces that take unsigned char.
inline const std::uint8_t* u8(ByteView bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}
inline std::uint8_t* u8(MutableBytes bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes.data());
}

// True for well-formed UTF-8 without NUL: what a D-Bus string may be.
bool is_utf8(std::string_view text);

}  // namespace base
