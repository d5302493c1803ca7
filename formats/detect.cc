#include "formats/detect.h"

namespace formats {
namespace {

constexpr std::string_view keystore_magic = "Gnome Keyring Store 2\n\r";
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view spaces = " \t\r\n";

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

// gnome-keyring writes [keyring] first; lines in front of it are comments a person wrote.
bool is_keyring_text(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = first_line(text);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.starts_with("[keyring]")) return true;
    if (line.find_first_not_of(spaces) != line.npos && !line.starts_with('#')) return false;
  }
  return false;
}

// A first line of UTF-8 with a separator in it: no more can be said of CSV without reading it.
bool is_csv(std::string_view text) {
  const std::string_view header = first_line(text);
  return header.find(',') != header.npos && base::is_utf8(header);
}

}  // namespace

Format detect(base::ByteView file) {
  std::string_view text = base::text_of(file);
  if (text.starts_with(gnome_keyring_magic)) {
    if (text.size() <= gnome_keyring_magic.size()) return Format::unknown;
    const char major = text[gnome_keyring_magic.size()];
    if (major == 0) return Format::gnome_keyring_binary;
    return major == 1 ? Format::libsecret_file : Format::unknown;
  }
  if (text.starts_with(kwallet_magic)) return Format::kwallet;
  if (text.starts_with(coffer_backup_magic)) return Format::coffer_backup;
  if (text.starts_with(keystore_magic)) return Format::gnome_keyring_objects;
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (is_keyring_text(text)) return Format::gnome_keyring_text;
  const std::size_t start = text.find_first_not_of(spaces);
  if (start == text.npos) return Format::unknown;
  if (text[start] == '{' || text[start] == '[') return Format::json;
  return is_csv(text) ? Format::csv : Format::unknown;
}

}  // namespace formats
