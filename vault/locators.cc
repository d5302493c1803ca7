#include "vault/locators.h"

namespace vault {

Locator locator_of(const ipc::Attribute& attribute, const Uuid& uuid, base::ByteView key) {
  base::Bytes input(uuid.size() + ipc::Codec<ipc::Attribute>::size(attribute));
  ipc::Writer writer(input);
  writer.bytes(uuid);
  ipc::Codec<ipc::Attribute>::write(writer, attribute);
  Locator out{};
  crypto_generichash(base::u8(base::MutableBytes(out)), out.size(), base::u8(base::ByteView(input)),
                     input.size(), base::u8(key), key.size());
  return out;
}

std::vector<Locator> locators_of(const ipc::Attributes& attributes, const Uuid& uuid,
                                 base::ByteView key) {
  std::vector<Locator> out;
  out.reserve(attributes.items.size());
  for (const ipc::Attribute& attribute : attributes.items)
    out.push_back(locator_of(attribute, uuid, key));
  std::sort(out.begin(), out.end());
  return out;
}

base::Bytes join(const std::vector<Locator>& locators) {
  base::Bytes out;
  out.reserve(locators.size() * sizeof(Locator));
  for (const Locator& locator : locators) out.insert(out.end(), locator.begin(), locator.end());
  return out;
}

std::vector<Locator> split(base::ByteView bytes) {
  if (bytes.size() % sizeof(Locator) != 0) return {};
  std::vector<Locator> out(bytes.size() / sizeof(Locator));
  for (std::size_t i = 0; i < out.size(); ++i)
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * sizeof(Locator)), sizeof(Locator),
                out[i].begin());
  return out;
}

}  // namespace vault
