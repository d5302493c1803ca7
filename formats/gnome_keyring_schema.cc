#include "formats/gnome_keyring_schema.h"

namespace formats {
namespace {

struct ItemType {
  std::uint32_t type;
  const char* schema;
};

constexpr ItemType item_types[] = {
    {0, "org.freedesktop.Secret.Generic"},  {1, "org.gnome.keyring.NetworkPassword"},
    {2, "org.gnome.keyring.Note"},          {3, "org.gnome.keyring.ChainedKeyring"},
    {4, "org.gnome.keyring.EncryptionKey"}, {0x100, "org.gnome.keyring.PkStorage"},
};
constexpr std::uint32_t type_mask = 0xffff;  // above it are flags

}  // namespace

const char* schema_of_item_type(std::uint32_t type) {
  for (const ItemType& known : item_types)
    if (known.type == (type & type_mask)) return known.schema;
  return item_types[0].schema;
}

std::uint32_t item_type_of(const Attributes& attributes) {
  const auto schema = attributes.find(schema_attribute);
  if (schema == attributes.end()) return 0;
  for (const ItemType& known : item_types)
    if (known.schema == schema->second) return known.type;
  return 0;
}

}  // namespace formats
