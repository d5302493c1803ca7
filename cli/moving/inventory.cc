#include "cli/moving/inventory.h"

#include <algorithm>

namespace cli {

Attributes compared(Attributes attributes) {
  constexpr const char* kSchema = "xdg:schema";
  const auto schema = attributes.find(kSchema);
  if (schema != attributes.end() && schema->second == "org.freedesktop.Secret.Generic")
    attributes.erase(schema);
  attributes.erase(kContentTypeAttribute);
  return attributes;
}

void Inventory::add_unread(const Attributes& attributes, Unread item) {
  entries_[compared(attributes)].unread.push_back(std::move(item));
}

std::vector<Inventory::Unread> Inventory::take_unread(const Attributes& attributes) {
  const auto found = entries_.find(compared(attributes));
  return found == entries_.end() ? std::vector<Unread>() : std::exchange(found->second.unread, {});
}

Inventory::Labels& Inventory::labels_of(Entry& entry, base::ByteView secret) {
  return entry.secrets[fingerprints_.digest_of(secret)];
}

void Inventory::add(const Attributes& attributes, const std::string& label, base::ByteView secret) {
  labels_of(entries_[compared(attributes)], secret).try_emplace(label, false);
}

void Inventory::begin_source() {
  for (auto& [attributes, entry] : entries_)
    for (auto& [digest, labels] : entry.secrets)
      for (auto& [label, taken] : labels) taken = false;
}

Verdict Inventory::take(const MovedItem& item) {
  const auto [at, is_new] = entries_.try_emplace(compared(item.attributes));
  Labels& labels = labels_of(at->second, item.secret.bytes.view());
  auto same = labels.find(item.label);
  if (same == labels.end())
    same =
        std::find_if(labels.begin(), labels.end(), [](const auto& each) { return !each.second; });
  if (same != labels.end()) {
    same->second = true;
    return Verdict::duplicate;
  }
  labels.emplace(item.label, true);
  return is_new ? Verdict::fresh : Verdict::conflict;
}

}  // namespace cli
