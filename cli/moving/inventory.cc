#include "cli/moving/target.h"

namespace cli {

Attributes compared(Attributes attributes) {
  constexpr const char* kSchema = "xdg:schema";
  const auto schema = attributes.find(kSchema);
  if (schema != attributes.end() && schema->second == "org.freedesktop.Secret.Generic")
    attributes.erase(schema);
  return attributes;
}

void Inventory::add_unread(const Attributes& attributes, std::string path) {
  entries_[compared(attributes)].unread.push_back(std::move(path));
}

std::vector<std::string> Inventory::take_unread(const Attributes& attributes) {
  const auto found = entries_.find(compared(attributes));
  return found == entries_.end() ? std::vector<std::string>()
                                 : std::exchange(found->second.unread, {});
}

void Inventory::add_secret(const Attributes& attributes, base::ByteView secret) {
  entries_[compared(attributes)].secrets.insert(fingerprints_.digest_of(secret));
}

Verdict Inventory::judge(const MovedItem& item) const {
  const auto found = entries_.find(compared(item.attributes));
  if (found == entries_.end()) return Verdict::fresh;
  const auto digest = fingerprints_.digest_of(item.secret.bytes.view());
  if (found->second.secrets.contains(digest)) return Verdict::duplicate;
  return Verdict::conflict;
}

}  // namespace cli
