#include "formats/utf16.h"

namespace formats {
namespace {

constexpr std::uint32_t replacement = 0xfffd;

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

std::uint32_t unit_at(base::ByteView units, std::size_t at) {
  return std::to_integer<std::uint32_t>(units[at]) << 8 |
         std::to_integer<std::uint32_t>(units[at + 1]);
}

}  // namespace

void append_utf8(SecretBuffer& out, std::uint32_t character) {
  if ((character >= 0xd800 && character < 0xe000) || character > 0x10ffff) character = replacement;
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<std::byte>(byte)); };
  if (character < 0x80) return put(character);
  if (character < 0x800) {
    put(0xc0 | character >> 6);
  } else if (character < 0x10000) {
    put(0xe0 | character >> 12);
    put(0x80 | (character >> 6 & 0x3f));
  } else {
    put(0xf0 | character >> 18);
    put(0x80 | (character >> 12 & 0x3f));
    put(0x80 | (character >> 6 & 0x3f));
  }
  put(0x80 | (character & 0x3f));
}

SecretBuffer utf8_of_utf16_be(base::ByteView units) {
  SecretBuffer out;
  std::size_t at = 0;
  for (; at + 2 <= units.size(); at += 2) {
    std::uint32_t character = unit_at(units, at);
    if (is_high_surrogate(character) && at + 4 <= units.size()) {
      const std::uint32_t low = unit_at(units, at + 2);
      if (is_low_surrogate(low)) {
        character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
        at += 2;
      }
    }
    append_utf8(out, character);
  }
  if (at < units.size()) append_utf8(out, replacement);
  return out;
}

}  // namespace formats
