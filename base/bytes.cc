#include "base/bytes.h"

namespace base {
namespace {

// The length of the sequence that `lead` starts, and the range its second byte must lie in.
struct Sequence {
  std::size_t length;
  std::uint8_t low;
  std::uint8_t high;
};

Sequence sequence_of(std::uint8_t lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return {2, 0x80, 0xbf};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};  // no surrogates
  if (lead >= 0xe1 && lead <= 0xef) return {3, 0x80, 0xbf};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead >= 0xf1 && lead <= 0xf3) return {4, 0x80, 0xbf};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    if (lead == 0) return false;
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const Sequence sequence = sequence_of(lead);
    if (sequence.length == 0 || i + sequence.length > text.size()) return false;
    const auto second = static_cast<std::uint8_t>(text[i + 1]);
    if (second < sequence.low || second > sequence.high) return false;
    for (std::size_t k = 2; k < sequence.length; ++k) {
      if ((static_cast<std::uint8_t>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += sequence.length;
  }
  return true;
}

}  // namespace base
