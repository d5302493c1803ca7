#include "formats/file_key.h"

#include <nettle/sha2.h>

#include "formats/crypto.h"

namespace formats {
namespace {

void iterate_sha256(base::ByteView password, const KeyRecipe& recipe, base::MutableBytes digest) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, password.size(), base::u8(password));
  sha256_update(&context, recipe.salt.size(), base::u8(recipe.salt));
  sha256_digest(&context, digest.size(), base::u8(digest));
  for (std::uint32_t round = 1; round < recipe.rounds; ++round) {
    sha256_update(&context, digest.size(), base::u8(base::ByteView(digest)));
    sha256_digest(&context, digest.size(), base::u8(digest));
  }
}

}  // namespace

Keys keys_of(base::ByteView password) {
  return [password](const KeyRecipe& recipe) {
    SecretBuffer key(key_size_of(recipe.kdf));
    if (recipe.kdf == Kdf::iterated_sha256)
      iterate_sha256(password, recipe, key);
    else
      pbkdf2_sha256(password, recipe.salt, recipe.rounds, key);
    return base::Result<SecretBuffer>(std::move(key));
  };
}

}  // namespace formats
