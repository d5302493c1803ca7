#include "formats/json_text.h"

namespace formats {

void append(SecretBuffer& out, std::string_view text) {
  const base::ByteView bytes = base::bytes_of(text);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_json_string(SecretBuffer& out, std::string_view text) {
  constexpr std::string_view special = "\"\\\b\f\n\r\t";
  constexpr std::string_view letters = "\"\\bfnrt";
  append(out, "\"");
  for (const char character : text) {
    const std::size_t at = special.find(character);
    const auto code = static_cast<unsigned char>(character);
    if (at != special.npos) {
      append(out, "\\");
      append(out, letters.substr(at, 1));
    } else if (code < 0x20) {
      append(out, "\\u00");
      append(out, std::string_view("0123456789abcdef").substr(code >> 4, 1));
      append(out, std::string_view("0123456789abcdef").substr(code & 15, 1));
    } else {
      out.push_back(static_cast<std::byte>(character));
    }
  }
  append(out, "\"");
}

SecretBuffer json_object_of(const std::vector<std::pair<SecretBuffer, SecretBuffer>>& pairs) {
  SecretBuffer out;
  append(out, "{");
  for (const auto& [name, value] : pairs) {
    if (out.size() > 1) append(out, ",");
    append_json_string(out, base::text_of(name));
    append(out, ":");
    append_json_string(out, base::text_of(value));
  }
  append(out, "}");
  return out;
}

}  // namespace formats
