#include "formats/gnome_keyring_text.h"

#include <algorithm>

#include "formats/detect.h"
#include "formats/gnome_keyring_schema.h"
#include "formats/text.h"

namespace formats {
namespace {

using Lines = std::vector<std::string_view>;

struct Group {
  std::string_view name;  // "1:attribute0"
  Lines lines;            // all up to the next group, blank ones included
};

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// The groups gnome-keyring writes and no others: "[section]" is a line of somebody's secret.
bool is_group_name(std::string_view name) {
  if (name == "keyring" || all_digits(name)) return true;
  const std::size_t colon = name.find(':');
  if (colon == name.npos || !all_digits(name.substr(0, colon))) return false;
  std::string_view part = name.substr(colon + 1);
  for (const std::string_view kind : {"attribute", "acl"})
    if (part.starts_with(kind)) return all_digits(part.substr(kind.size()));
  return false;
}

std::vector<Group> groups_of(std::string_view text) {
  std::vector<Group> groups;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const bool bracketed = line.size() > 2 && line.front() == '[' && line.back() == ']';
    if (bracketed && is_group_name(line.substr(1, line.size() - 2)))
      groups.push_back({line.substr(1, line.size() - 2), {}});
    else if (!groups.empty())
      groups.back().lines.push_back(line);
  }
  return groups;
}

std::string_view without_spaces(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r");
  if (start == text.npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r") - start + 1);
}

// The raw value when `line` is "key=value".
std::optional<std::string_view> value_in(std::string_view line, std::string_view key) {
  const std::size_t equals = line.find('=');
  if (equals == line.npos || without_spaces(line.substr(0, equals)) != key) return std::nullopt;
  return line.substr(equals + 1);
}

// The raw value of a key, of its last line if there are several; empty when there is none.
std::string_view value_of(const Lines& lines, std::string_view key) {
  std::string_view value;
  for (const std::string_view line : lines)
    if (const auto found = value_in(line, key)) value = *found;
  return value;
}

// A value as GLib's key files escape it: \s \n \t \r \\.
std::string unescaped(std::string_view value) {
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    constexpr std::string_view letters = "sntr\\";
    const std::size_t letter =
        value[i] == '\\' && i + 1 < value.size() ? letters.find(value[i + 1]) : letters.npos;
    text += letter == letters.npos ? value[i] : " \n\t\r\\"[letter];
    if (letter != letters.npos) ++i;
  }
  return text;
}

// Where the lines of a secret that starts at `first` end: before the keys that gnome-keyring writes
// after it, each of them once, or the blank line that parts two groups.
Lines::const_iterator end_of_secret(Lines::const_iterator first, Lines::const_iterator end) {
  if (end - first > 1 && end[-1].empty()) --end;
  std::vector<std::string_view> keys = {"mtime", "ctime", "item-type", "display-name"};
  while (end - first > 1) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&](std::string_view candidate) {
      return value_in(end[-1], candidate).has_value();
    });
    if (key == keys.end()) break;
    keys.erase(key);
    --end;
  }
  return end;
}

std::optional<SecretBuffer> from_hexadecimal(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  SecretBuffer bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned value = 0;
    for (const char digit : digits.substr(i, 2)) {
      if (digit >= '0' && digit <= '9')
        value = value * 16 + static_cast<unsigned>(digit - '0');
      else if (digit >= 'A' && digit <= 'F')
        value = value * 16 + static_cast<unsigned>(digit - 'A' + 10);
      else if (digit >= 'a' && digit <= 'f')
        value = value * 16 + static_cast<unsigned>(digit - 'a' + 10);
      else
        return std::nullopt;
    }
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

// Takes the secret out of an item's lines, so that nothing in it is mistaken for a key.
void read_secret(Lines& lines, Draft& draft) {
  const auto first = std::find_if(lines.begin(), lines.end(), [](std::string_view line) {
    return line.starts_with("secret=");
  });
  if (first == lines.end()) {
    auto bytes = from_hexadecimal(without_spaces(value_of(lines, "binary-secret")));
    if (!bytes) return draft.damage("secret", "is not hexadecimal");
    return draft.set_secret(std::move(*bytes));
  }
  const auto end = end_of_secret(first, lines.end());
  // The lines are views of one file, with nothing but line ends between them.
  const char* start = first->data() + std::string_view("secret=").size();
  const char* stop = end[-1].data() + end[-1].size();
  draft.set_secret(secret_of(std::string_view(start, static_cast<std::size_t>(stop - start))));
  lines.erase(first, end);
}

// A time or a type; 0, and a Damage, when it is no number.
std::uint64_t number_of(const Lines& lines, std::string_view key, Document& document,
                        std::optional<std::size_t> item) {
  const std::string_view digits = without_spaces(value_of(lines, key));
  const auto number = decimal(digits);
  if (!number && !digits.empty())
    document.damages.push_back({item, std::string(key), "is no number"});
  return number.value_or(0);
}

void read_attribute(const Lines& lines, Draft& draft) {
  const std::string name = unescaped(value_of(lines, "name"));
  const std::string value = unescaped(value_of(lines, "value"));
  const auto number = decimal(value);
  if (without_spaces(value_of(lines, "type")) != "uint32")
    draft.add_attribute(name, value);
  else if (number && *number <= 0xffffffff)
    draft.add_attribute(name, std::to_string(*number));
  else
    draft.damage("attribute", "is no number");
}

// Reads the item at groups[at], and the groups after it that belong to it; returns how many.
std::size_t read_item(std::vector<Group>& groups, std::size_t at, Document& document) {
  Lines& lines = groups[at].lines;
  Draft draft{document, document.records.size()};
  read_secret(lines, draft);
  draft.set_label(unescaped(value_of(lines, "display-name")));
  draft.record.created = number_of(lines, "ctime", document, draft.item);
  draft.record.modified = number_of(lines, "mtime", document, draft.item);
  const std::uint64_t type = number_of(lines, "item-type", document, draft.item);

  const std::string prefix = std::string(groups[at].name) + ":";
  std::size_t next = at + 1;
  for (; next < groups.size() && groups[next].name.starts_with(prefix); ++next)
    if (groups[next].name.starts_with(prefix + "attribute"))
      read_attribute(groups[next].lines, draft);

  draft.record.attributes.try_emplace(schema_attribute,
                                      schema_of_item_type(static_cast<std::uint32_t>(type)));
  draft.finish();
  return next - at;
}

}  // namespace

base::Result<Document> read_gnome_keyring_text(base::ByteView file) {
  if (detect(file) != Format::gnome_keyring_text)
    return base::fail(base::Code::not_supported, "this is not a gnome-keyring text file");
  std::vector<Group> groups = groups_of(base::text_of(file));
  Document document;
  for (std::size_t at = 0; at < groups.size();) {
    const Group& group = groups[at];
    if (group.name == "keyring") {
      document.label = repaired(unescaped(value_of(group.lines, "display-name")));
      document.created = number_of(group.lines, "ctime", document, std::nullopt);
      document.modified = number_of(group.lines, "mtime", document, std::nullopt);
      ++at;
    } else if (all_digits(group.name)) {
      at += read_item(groups, at, document);
    } else {
      document.damages.push_back({std::nullopt, "attribute", "belongs to no item"});
      ++at;
    }
  }
  return document;
}

}  // namespace formats
