#include "vault/keys.h"

namespace vault {
namespace {

constexpr char kContext[crypto_kdf_CONTEXTBYTES + 1] = "coffer01";
static_assert(crypto_kdf_KEYBYTES == kKeySize);
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == kKeySize);
static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == 24);
static_assert(crypto_pwhash_argon2id_SALTBYTES == 16);
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;

// What a wrapped key is bound to.
struct SlotIdentity {
  Uuid uuid{};
  std::uint32_t id = 0;
  SlotType type{};
  std::uint32_t kdf_passes = 0;
  std::uint32_t kdf_memory_kib = 0;
  std::array<std::byte, 16> salt{};
  static constexpr auto fields =
      std::tuple{&SlotIdentity::uuid,           &SlotIdentity::id,
                 &SlotIdentity::type,           &SlotIdentity::kdf_passes,
                 &SlotIdentity::kdf_memory_kib, &SlotIdentity::salt};
};

base::Bytes identity_of(const KeySlot& slot, const Uuid& uuid) {
  return ipc::encode(
      SlotIdentity{uuid, slot.id, slot.type, slot.kdf_passes, slot.kdf_memory_kib, slot.salt});
}

}  // namespace

base::Result<CollectionKeys> CollectionKeys::random(Arena& arena) {
  auto key = SecretBytes::make(arena, kKeySize);
  if (!key) return base::fail(key.error());
  randombytes_buf(key->expose().data(), kKeySize);
  return from(*std::move(key), arena);
}

base::Result<CollectionKeys> CollectionKeys::from(SecretBytes collection_key, Arena& arena) {
  auto all = SecretBytes::make(arena, 4 * kKeySize);
  if (!all) return base::fail(all.error());
  const auto out = all->expose();
  std::copy(collection_key.expose().begin(), collection_key.expose().end(), out.begin());
  for (std::size_t i = 1; i < 4; ++i)
    crypto_kdf_derive_from_key(base::u8(out.subspan(i * kKeySize)), kKeySize, i, kContext,
                               base::u8(collection_key.expose()));
  return CollectionKeys(*std::move(all));
}

base::Result<SecretBytes> CollectionKeys::session(Arena& arena) const {
  constexpr std::uint64_t kNextId = 4;  // after those above
  auto key = SecretBytes::make(arena, kKeySize);
  if (key)
    crypto_kdf_derive_from_key(base::u8(key->expose()), kKeySize, kNextId, kContext,
                               base::u8(collection()));
  return key;
}

KeySlot new_slot(std::uint32_t id, const SecretBytes& password, KdfCost cost) {
  KeySlot slot;
  slot.id = id;
  slot.type = password.size() == 0 ? SlotType::open : SlotType::password;
  if (slot.type == SlotType::password) {
    slot.kdf_passes = cost.passes;
    slot.kdf_memory_kib = cost.memory_kib;
  }
  randombytes_buf(slot.salt.data(), slot.salt.size());
  return slot;
}

base::Result<SecretBytes> derive_slot_key(const KeySlot& slot, const SecretBytes& password,
                                          Arena& arena) {
  if (slot.type == SlotType::open) {
    auto key = SecretBytes::make(arena, kKeySize);
    if (key)
      crypto_generichash(base::u8(key->expose()), kKeySize, base::u8(base::ByteView(slot.salt)),
                         slot.salt.size(), nullptr, 0);
    return key;
  }
  if (slot.kdf_passes < 1 || slot.kdf_passes > kMaxKdfPasses ||
      slot.kdf_memory_kib < kMinKdfMemory || slot.kdf_memory_kib > kMaxKdfMemory)
    return base::fail(base::Code::damaged, "a key slot asks for an impossible key derivation");
  auto key = SecretBytes::make(arena, kKeySize);
  if (!key) return key;
  // libsodium takes no null pointer, not even for an empty password.
  const auto text = password.size() > 0 ? base::text_of(password.expose()) : std::string_view("");
  if (crypto_pwhash_argon2id(base::u8(key->expose()), kKeySize, text.data(), text.size(),
                             base::u8(base::ByteView(slot.salt)), slot.kdf_passes,
                             std::size_t{slot.kdf_memory_kib} * 1024,
                             crypto_pwhash_ALG_ARGON2ID13) != 0)
    return base::fail(base::Code::limits_exceeded,
                      "not enough memory to derive a key from the password");
  return key;
}

void wrap(const CollectionKeys& keys, const Uuid& uuid, const SecretBytes& slot_key,
          KeySlot& slot) {
  randombytes_buf(slot.nonce.data(), slot.nonce.size());
  const base::Bytes identity = identity_of(slot, uuid);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      base::u8(base::MutableBytes(slot.wrapped)), nullptr, base::u8(keys.collection()), kKeySize,
      base::u8(base::ByteView(identity)), identity.size(), nullptr,
      base::u8(base::ByteView(slot.nonce)), base::u8(slot_key.expose()));
}

base::Result<CollectionKeys> unwrap(const KeySlot& slot, const Uuid& uuid,
                                    const SecretBytes& slot_key, Arena& arena) {
  auto key = SecretBytes::make(arena, kKeySize);
  if (!key) return base::fail(key.error());
  const base::Bytes identity = identity_of(slot, uuid);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          base::u8(key->expose()), nullptr, nullptr, base::u8(base::ByteView(slot.wrapped)),
          slot.wrapped.size(), base::u8(base::ByteView(identity)), identity.size(),
          base::u8(base::ByteView(slot.nonce)), base::u8(slot_key.expose())) != 0)
    return base::fail(base::Code::wrong_password, "wrong password");
  return CollectionKeys::from(*std::move(key), arena);
}

base::Bytes seal_box(base::ByteView plain, base::ByteView bound, base::ByteView key) {
  base::Bytes box(kNonce + plain.size() + kTag);
  randombytes_buf(box.data(), kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      base::u8(base::MutableBytes(box).subspan(kNonce)), nullptr, base::u8(plain), plain.size(),
      base::u8(bound), bound.size(), nullptr, base::u8(base::ByteView(box)), base::u8(key));
  return box;
}

std::optional<base::Bytes> open_box(base::ByteView box, base::ByteView bound, base::ByteView key) {
  if (box.size() < kNonce + kTag) return std::nullopt;
  base::Bytes plain(box.size() - kNonce - kTag);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          base::u8(base::MutableBytes(plain)), nullptr, nullptr, base::u8(box.subspan(kNonce)),
          box.size() - kNonce, base::u8(bound), bound.size(), base::u8(box), base::u8(key)) != 0)
    return std::nullopt;
  return plain;
}

base::Bytes seal_manifest(const Manifest& manifest, const CollectionKeys& keys, const Uuid& uuid) {
  return seal_box(ipc::encode(manifest), uuid, keys.manifest());
}

base::Result<Manifest> open_manifest(base::ByteView sealed, const CollectionKeys& keys,
                                     const Uuid& uuid) {
  const auto plain = open_box(sealed, uuid, keys.manifest());
  auto manifest = plain ? ipc::decode<Manifest>(*plain) : std::nullopt;
  if (!manifest) return base::fail(base::Code::damaged, "its manifest is damaged");
  return *std::move(manifest);
}

Hash digest_of(base::ByteView bytes) {
  Hash digest{};
  crypto_generichash(base::u8(base::MutableBytes(digest)), digest.size(), base::u8(bytes),
                     bytes.size(), nullptr, 0);
  return digest;
}

}  // namespace vault
