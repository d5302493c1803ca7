#include "vault/set_hash.h"

namespace vault {
namespace {

Hash element(std::uint64_t number, std::uint64_t version, const CollectionKeys& keys) {
  std::array<std::byte, 16> input{};
  ipc::Writer writer(input);
  writer.integer(number, 8);
  writer.integer(version, 8);
  Hash out{};
  crypto_generichash(base::u8(base::MutableBytes(out)), out.size(), base::u8(base::ByteView(input)),
                     input.size(), base::u8(keys.manifest()), kKeySize);
  return out;
}

}  // namespace

void SetHash::add(std::uint64_t number, std::uint64_t version, const CollectionKeys& keys) {
  const Hash other = element(number, version, keys);
  sodium_add(base::u8(base::MutableBytes(sum_)), base::u8(base::ByteView(other)), sum_.size());
}

void SetHash::remove(std::uint64_t number, std::uint64_t version, const CollectionKeys& keys) {
  const Hash other = element(number, version, keys);
  sodium_sub(base::u8(base::MutableBytes(sum_)), base::u8(base::ByteView(other)), sum_.size());
}

}  // namespace vault
