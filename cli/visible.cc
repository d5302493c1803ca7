#include "cli/visible.h"

#include <fmt/format.h>
#include <wchar.h>

#include <algorithm>

namespace cli {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t size = 1;  // bytes
  bool valid = false;
};

// The character at the start of `text`, which is not empty.
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {lead};
  char32_t code = lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {lead};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool valid =
      code >= smallest[size] && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
  return valid ? Character{code, size, true} : Character{lead};
}

// Terminals act on these, or show text in another order than it is written.
bool is_harmful(char32_t code) {
  struct Range {
    char32_t first, last;
  };
  constexpr Range ranges[] = {
      {0x00, 0x1F},        // C0
      {0x7F, 0x9F},        // DEL and C1
      {0x061C, 0x061C},    // Arabic letter mark
      {0x200B, 0x200F},    // zero width, direction marks
      {0x2028, 0x202E},    // line and paragraph separators, embeddings and overrides
      {0x2060, 0x206F},    // invisible operators, isolates
      {0xFEFF, 0xFEFF},    // zero width no-break space
      {0xFFF9, 0xFFFB},    // interlinear annotation
      {0xE0000, 0xE0FFF},  // tags
  };
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

std::string escaped(const Character& character) {
  if (character.valid && character.code == '\n') return "\\n";
  if (character.valid && character.code == '\t') return "\\t";
  const auto number = static_cast<std::uint32_t>(character.code);
  return number < 0x80 || !character.valid ? fmt::format("\\x{:02x}", number)
                                           : fmt::format("\\u{{{:x}}}", number);
}

std::string escape(std::string_view text, std::string_view kept) {
  std::string result;
  while (!text.empty()) {
    const Character character = first_of(text);
    const bool keeps = kept.find(text.front()) != std::string_view::npos;
    if (character.valid && (keeps || !is_harmful(character.code)))
      result += text.substr(0, character.size);
    else
      result += escaped(character);
    text.remove_prefix(character.size);
  }
  return result;
}

}  // namespace

std::string visible(std::string_view text) { return escape(text, ""); }
std::string visible_lines(std::string_view text) { return escape(text, "\n\t"); }

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = first_of(text);
    const int columns = ::wcwidth(static_cast<wchar_t>(character.code));
    width += columns < 0 ? 1 : static_cast<std::size_t>(columns);
    text.remove_prefix(character.size);
  }
  return width;
}

}  // namespace cli
