// Writes a collection whose key is known, so that a test can look for that key in memory:
// known_collection FILE-FOLDER NAME PASSWORD KEY(32 bytes).
#include <sodium.h>

#include <cstdio>

#include "broker/collection_file.h"
#include "vault/collection.h"

namespace {

base::Outcome write(const char* folder, const char* name, std::string_view password,
                    std::string_view key) {
  auto arena = vault::Arena::create();
  if (!arena) return base::fail(arena.error());
  auto secret = vault::SecretBytes::copy(**arena, base::bytes_of(password));
  auto known = vault::SecretBytes::copy(**arena, base::bytes_of(key));
  if (!secret || !known) return base::fail(base::Code::internal, "no memory");
  auto keys = vault::CollectionKeys::from(*std::move(known), **arena);
  if (!keys) return base::fail(keys.error());
  vault::Header header;
  randombytes_buf(header.uuid.data(), header.uuid.size());
  header.label.value = name;
  vault::KeySlot slot = vault::new_slot(1, *secret, {1, 8192});
  auto slot_key = vault::derive_slot_key(slot, *secret, **arena);
  if (!slot_key) return base::fail(slot_key.error());
  vault::wrap(*keys, header.uuid, *slot_key, slot);
  header.slots.items = {slot};
  const auto collection = vault::Collection::create(name, std::move(header), *std::move(keys),
                                                    {base::ByteView(), false}, **arena);
  return broker::CollectionFile::create(folder, collection.first_record());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 || std::string_view(argv[4]).size() != vault::kKeySize || sodium_init() < 0)
    return 2;
  const auto written = write(argv[1], argv[2], argv[3], argv[4]);
  if (!written) std::fprintf(stderr, "%s\n", written.error().what.c_str());
  return written ? 0 : 1;
}
