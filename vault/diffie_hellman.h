// The key agreement of dh-ietf1024-sha256-aes128-cbc-pkcs7 (Secret Service specification, "Transfer
// of Secrets"): Oakley group 2, generator 2, HKDF-SHA-256 without salt.
#pragma once

#include "vault/secret_bytes.h"

namespace vault {

inline constexpr std::size_t kGroupSize = 128;  // bytes of a group element
inline constexpr std::size_t kExponentSize = 32;
inline constexpr std::size_t kSessionKeySize = 16;

// base^exponent mod p in constant time, in arena memory. All big-endian; `base` at most 128 bytes.
base::Result<SecretBytes> power(base::ByteView base, base::ByteView exponent, Arena& arena);

struct Agreement {
  base::Bytes public_key;   // ours, padded to 128 bytes
  SecretBytes session_key;  // 16 bytes
};

// Agrees on a key with the owner of `peer_public_key`, from the given private exponent. Leading
// zeros of the peer's key do not matter; 0, 1, p-1 and what is not below p are refused
// (Code::invalid).
base::Result<Agreement> agree(base::ByteView peer_public_key, const SecretBytes& exponent,
                              Arena& arena);

}  // namespace vault
