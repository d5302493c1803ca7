// A collection's keys: made, wrapped for a password, and used for its manifest.
#pragma once

#include <optional>

#include "vault/records.h"
#include "vault/secret_bytes.h"

namespace vault {

inline constexpr std::size_t kMaxPassword = 4096;  // bytes

inline constexpr std::size_t kKeySize = 32;

struct KdfCost {
  std::uint32_t passes = 3;
  std::uint32_t memory_kib = 65'536;
};

// The random key of a collection and what is derived from it (crypto_kdf), side by side.
class CollectionKeys {
 public:
  static base::Result<CollectionKeys> random(Arena& arena);
  static base::Result<CollectionKeys> from(SecretBytes collection_key, Arena& arena);

  base::ByteView collection() const { return key(0); }
  base::ByteView item() const { return key(1); }
  base::ByteView index() const { return key(2); }
  base::ByteView manifest() const { return key(3); }
  // Of `login` alone: wraps the key of the session collection where that is kept. Made when it is
  // asked for.
  base::Result<SecretBytes> session(Arena& arena) const;

 private:
  explicit CollectionKeys(SecretBytes all) : all_(std::move(all)) {}
  base::ByteView key(std::size_t which) const {
    return all_.expose().subspan(which * kKeySize, kKeySize);
  }

  SecretBytes all_;
};

// A slot to be filled: random salt, and the cost that deriving its key shall have. The empty
// password gets an open slot.
KeySlot new_slot(std::uint32_t id, const SecretBytes& password, KdfCost cost);
// Argon2id of the password with the slot's salt and cost. Slow, and uses the slot's memory: for the
// worker thread. Code::damaged for a slot whose cost is out of bounds. An open slot's key comes
// from its salt alone, at once.
base::Result<SecretBytes> derive_slot_key(const KeySlot& slot, const SecretBytes& password,
                                          Arena& arena);
// Binds the slot to its collection and to all its parameters.
void wrap(const CollectionKeys& keys, const Uuid& uuid, const SecretBytes& slot_key, KeySlot& slot);
// Code::wrong_password when the slot does not open.
base::Result<CollectionKeys> unwrap(const KeySlot& slot, const Uuid& uuid,
                                    const SecretBytes& slot_key, Arena& arena);

// XChaCha20-Poly1305 with a random nonce in front; `bound` is what the box belongs to.
base::Bytes seal_box(base::ByteView plain, base::ByteView bound, base::ByteView key);
// Nothing when the box is not one that was sealed so.
std::optional<base::Bytes> open_box(base::ByteView box, base::ByteView bound, base::ByteView key);

base::Bytes seal_manifest(const Manifest& manifest, const CollectionKeys& keys, const Uuid& uuid);
base::Result<Manifest> open_manifest(base::ByteView sealed, const CollectionKeys& keys,
                                     const Uuid& uuid);

Hash digest_of(base::ByteView bytes);

}  // namespace vault
