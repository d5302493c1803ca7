#include "vault/sealed_item.h"

namespace vault {
namespace {

constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kPad = 256;  // sizes are known to this many bytes only

base::Bytes associated_data(const ItemPlace& place) {
  base::Bytes out(place.uuid.size() + 16 + place.locators.size());
  ipc::Writer writer(out);
  writer.bytes(place.uuid);
  writer.integer(place.number, 8);
  writer.integer(place.version, 8);
  writer.bytes(place.locators);
  return out;
}

}  // namespace

// Plaintext: u32 size of the details | details | u32 size of the secret | secret | zeros
base::Result<base::Bytes> seal_item(const ItemDetails& details, base::ByteView secret,
                                    const ItemPlace& place, const CollectionKeys& keys,
                                    Arena& arena) {
  const std::size_t details_size = ipc::Codec<ItemDetails>::size(details);
  const std::size_t used = 8 + details_size + secret.size();
  auto plain = SecretBytes::make(arena, (used + kPad - 1) / kPad * kPad);
  if (!plain) return base::fail(plain.error());
  ipc::Writer writer(plain->expose());
  writer.integer(details_size, 4);
  ipc::Codec<ItemDetails>::write(writer, details);
  writer.integer(secret.size(), 4);
  writer.bytes(secret);
  const auto padding = plain->expose().subspan(used);
  std::fill(padding.begin(), padding.end(), std::byte{0});

  base::Bytes box(kNonce + plain->size() + kTag);
  randombytes_buf(box.data(), kNonce);
  const base::Bytes bound = associated_data(place);
  crypto_aead_xchacha20poly1305_ietf_encrypt(base::u8(base::MutableBytes(box).subspan(kNonce)),
                                             nullptr, base::u8(plain->expose()), plain->size(),
                                             base::u8(base::ByteView(bound)), bound.size(), nullptr,
                                             base::u8(base::ByteView(box)), base::u8(keys.item()));
  return box;
}

base::Result<OpenedItem> open_item(base::ByteView box, const ItemPlace& place,
                                   const CollectionKeys& keys, Arena& arena) {
  const auto damaged = [] { return base::fail(base::Code::damaged, "the item is damaged"); };
  if (box.size() < kNonce + kTag) return damaged();
  auto plain = SecretBytes::make(arena, box.size() - kNonce - kTag);
  if (!plain) return base::fail(plain.error());
  const base::Bytes bound = associated_data(place);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(base::u8(plain->expose()), nullptr, nullptr,
                                                 base::u8(box.subspan(kNonce)), box.size() - kNonce,
                                                 base::u8(base::ByteView(bound)), bound.size(),
                                                 base::u8(box), base::u8(keys.item())) != 0)
    return damaged();

  ipc::Reader reader(plain->expose());
  auto details = ipc::decode<ItemDetails>(reader.counted_bytes(plain->size()));
  const base::ByteView secret = reader.counted_bytes(ipc::kMaxSecret);
  if (reader.failed() || !details) return damaged();
  const auto at = static_cast<std::size_t>(secret.data() - plain->expose().data());
  return OpenedItem(*std::move(details), *std::move(plain), at, secret.size());
}

}  // namespace vault
