// The key of a file that a password locks. Who reads the file need not have the password: whoever
// has it can make the key.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "formats/secret_buffer.h"

namespace formats {

enum class Kdf : std::uint8_t {
  iterated_sha256 = 1,  // gnome-keyring's: SHA-256 of password and salt, then of its own result
  pbkdf2_sha256,        // libsecret's: RFC 8018
};

constexpr std::size_t key_size_of(Kdf kdf) {
  return kdf == Kdf::iterated_sha256 ? 32 : 16;  // AES-128's key, and with the first an IV
}

// What a file's header says of its key.
struct KeyRecipe {
  Kdf kdf;
  base::ByteView salt;
  std::uint32_t rounds;  // at least 1
};

// Makes the key of a recipe, key_size_of() bytes, or asks somebody for it.
using Keys = std::function<base::Result<SecretBuffer>(const KeyRecipe&)>;

// Makes keys of `password`, which outlives it.
Keys keys_of(base::ByteView password);

}  // namespace formats
