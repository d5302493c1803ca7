// One item at rest: a padded XChaCha20-Poly1305 box, bound to where it belongs.
#pragma once

#include "vault/keys.h"

namespace vault {

// What a box is bound to. One that is moved, renumbered or put back from earlier does not open.
struct ItemPlace {
  Uuid uuid{};
  std::uint64_t number = 0;
  std::uint64_t version = 0;
  base::ByteView locators;  // as stored beside the box
};

// An item's plaintext, in the arena for as long as this object lives.
class OpenedItem {
 public:
  OpenedItem(ItemDetails said, SecretBytes plaintext, std::size_t secret_at,
             std::size_t secret_size)
      : details(std::move(said)),
        plaintext_(std::move(plaintext)),
        secret_at_(secret_at),
        secret_size_(secret_size) {}

  ItemDetails details;
  base::ByteView secret() const { return plaintext_.expose().subspan(secret_at_, secret_size_); }

 private:
  SecretBytes plaintext_;
  std::size_t secret_at_;
  std::size_t secret_size_;
};

// Code::limits_exceeded when the arena has no room for the plaintext.
base::Result<base::Bytes> seal_item(const ItemDetails& details, base::ByteView secret,
                                    const ItemPlace& place, const CollectionKeys& keys,
                                    Arena& arena);
// Code::damaged when the box is not exactly what was sealed for this place.
base::Result<OpenedItem> open_item(base::ByteView box, const ItemPlace& place,
                                   const CollectionKeys& keys, Arena& arena);

}  // namespace vault
