// The key agreements of the session algorithm dh-ietf1024-sha256-aes128-cbc-pkcs7 (Secret Service
// specification, "Transfer of Secrets": Oakley group 2) and of the system prompter's sx-aes-1
// (group 5): generator 2, HKDF-SHA-256 without salt.
#pragma once

#include <optional>

#include "vault/secret_bytes.h"

namespace vault {

enum class Group { oakley_2, oakley_5 };  // RFC 2409, section 6.2, and RFC 3526, section 2

// Bytes of an element: 128 or 192.
std::size_t size_of(Group group);
inline constexpr std::size_t kExponentSize = 32;
inline constexpr std::size_t kSessionKeySize = 16;

// base^exponent in the group, in constant time and in arena memory. All big-endian; `base` no
// longer than an element, `exponent` 32 bytes at most.
base::Result<SecretBytes> power(Group group, base::ByteView base, base::ByteView exponent,
                                Arena& arena);

struct Agreement {
  base::Bytes public_key;   // ours, padded to the size of an element
  SecretBytes session_key;  // 16 bytes
  // What the key is for who leaves out the zeros that the shared secret begins with, as gcr does;
  // nothing where it begins with none, which is so 255 times of 256.
  std::optional<SecretBytes> stripped_key;
};

// Agrees on a key with the owner of `peer_public_key`, from the given private exponent. Leading
// zeros of the peer's key do not matter; 0, 1, p-1 and what is not below p are refused
// (Code::invalid).
base::Result<Agreement> agree(Group group, base::ByteView peer_public_key,
                              const SecretBytes& exponent, Arena& arena);
// The same, from a fresh random exponent.
base::Result<Agreement> agree(Group group, base::ByteView peer_public_key, Arena& arena);

}  // namespace vault
