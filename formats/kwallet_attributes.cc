#include "formats/kwallet_attributes.h"

#include <algorithm>

namespace formats {
namespace {

constexpr std::string_view own_folder = "Secret Service";

std::uint64_t time_member(const JsonValue& object, const char* name) {
  return decimal(text_member(object, name)).value_or(0);
}

// "entry__1_" is the second "entry".
std::string_view without_number(std::string_view entry) {
  const std::string_view original = entry;
  if (!entry.ends_with('_')) return original;
  entry.remove_suffix(1);
  const std::size_t digits_at = entry.find_last_not_of("0123456789") + 1;
  const std::string_view digits = entry.substr(digits_at);
  entry = entry.substr(0, digits_at);
  constexpr std::size_t longest = 9;  // what fits KWallet's number
  if (digits.empty() || digits.size() > longest || !entry.ends_with("__")) return original;
  return entry.substr(0, entry.size() - 2);
}

}  // namespace

std::optional<KWalletAttributes> KWalletAttributes::parse(base::ByteView text) {
  KWalletAttributes attributes;
  if (text.empty()) return attributes;
  auto entries = parse_json(text);
  if (!entries || !entries->is_object()) return std::nullopt;
  attributes.entries_ = *std::move(entries);
  return attributes;
}

std::uint64_t KWalletAttributes::created() const { return time_member(entries_, "$fdo_created"); }

std::uint64_t KWalletAttributes::modified() const { return time_member(entries_, "$fdo_modified"); }

bool KWalletAttributes::describe(Draft& draft, std::string_view folder,
                                 std::string_view entry) const {
  WipedString location(folder);
  location.append("/").append(entry);
  const auto found = entries_.find(location);
  if (found == entries_.end() || !found->is_object()) return false;
  const JsonValue& kept = *found;
  const JsonValue& attributes = member_of(kept, "attributes");
  if (attributes.is_object())
    for (const auto& [name, value] : attributes.items())
      draft.add_attribute(name, text_of_value(value));
  draft.record.created = time_member(kept, "$fdo_created");
  draft.record.modified = time_member(kept, "$fdo_modified");
  draft.set_content_type(text_member(kept, "$fdo_mime_type"));
  return true;
}

std::string kwallet_label(std::string_view folder, std::string_view entry) {
  std::string label = folder == own_folder ? "" : std::string(folder) + "/";
  return label.append(without_number(entry));
}

}  // namespace formats
