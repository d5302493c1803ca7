#include "vault/publishers.h"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace vault {
namespace {

constexpr const char* kInstallation = "coffer:installation";
constexpr const char* kKeys = "coffer:keys";
constexpr const char* kSource = "coffer:source";

std::string value_of(const ipc::Attributes& attributes, const char* name) {
  for (const ipc::Attribute& attribute : attributes.items)
    if (attribute.name.value == name) return attribute.value.value;
  return {};
}

void set(ipc::Attributes& attributes, const char* name, std::string value) {
  auto& items = attributes.items;
  std::erase_if(items, [&](const auto& attribute) { return attribute.name.value == name; });
  if (value.empty()) return;
  ipc::Attribute added{{name}, {std::move(value)}};
  items.insert(std::lower_bound(items.begin(), items.end(), added), std::move(added));
}

// Of trusted keys; empty for none.
std::string fingerprint(const base::Bytes& keys) {
  if (keys.empty()) return {};
  std::array<unsigned char, 16> digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(keys.data()), keys.size(), nullptr, 0);
  std::array<char, 2 * digest.size() + 1> text{};
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  return text.data();
}

// What one side does not say makes no difference.
bool differ(const std::string& a, const std::string& b) {
  return !a.empty() && !b.empty() && a != b;
}

}  // namespace

Kinship kinship_of(const ipc::Attributes& item, const ipc::Installed& now) {
  if (recorded_source(item).empty() || now.publishers.items.empty()) return Kinship::unknown;
  const auto is_same = [&](const ipc::Publisher& publisher) {
    return !differ(value_of(item, kSource), publisher.source.value) &&
           !differ(value_of(item, kInstallation), publisher.installation.value) &&
           !differ(value_of(item, kKeys), fingerprint(publisher.keys.value));
  };
  const auto& publishers = now.publishers.items;
  return std::any_of(publishers.begin(), publishers.end(), is_same) ? Kinship::same
                                                                    : Kinship::foreign;
}

void record(ipc::Attributes& item, const ipc::Publisher& publisher) {
  set(item, kInstallation, publisher.installation.value);
  set(item, kKeys, fingerprint(publisher.keys.value));
  set(item, kSource, publisher.source.value);
}

std::string recorded_source(const ipc::Attributes& item) { return value_of(item, kSource); }

}  // namespace vault
