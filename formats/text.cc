#include "formats/text.h"

#include <charconv>

namespace formats {
namespace {

// The length of the well-formed sequence at the start of `text`; 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length)
    if (base::is_utf8(text.substr(0, length))) return length;
  return 0;
}

}  // namespace

std::string repaired(std::string_view text) {
  if (base::is_utf8(text)) return std::string(text);
  std::string whole;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0)
      whole += "\xef\xbf\xbd";
    else
      whole += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return whole;
}

void Draft::add_attribute(std::string_view name, std::string_view value) {
  if (name.empty()) return damage("attribute", "has no name");
  if (!base::is_utf8(name) || !base::is_utf8(value)) return damage("attribute", "is not UTF-8");
  record.attributes[std::string(name)] = value;
}

void Draft::set_label(std::string_view label) {
  if (!base::is_utf8(label)) damage("label", "is not UTF-8");
  record.label = repaired(label);
}

void Draft::set_secret(SecretBuffer secret) {
  const bool is_text = base::is_utf8(base::text_of(secret));
  record.content_type = is_text ? "text/plain" : "application/octet-stream";
  record.secret = std::move(secret);
}

void Draft::set_content_type(std::string_view content_type) {
  constexpr std::size_t longest = 256;
  if (content_type.empty()) return;
  if (!base::is_utf8(content_type)) return damage("content type", "is not UTF-8");
  if (content_type.size() > longest) return damage("content type", "is too long");
  record.content_type = content_type;
}

std::optional<std::uint64_t> decimal(std::string_view digits) {
  std::uint64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || stopped != end || digits.empty()) return std::nullopt;
  return number;
}

}  // namespace formats
