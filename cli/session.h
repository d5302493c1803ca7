// The client's side of dh-ietf1024-sha256-aes128-cbc-pkcs7 (Secret Service specification, "Transfer
// of Secrets"): Oakley group 2, generator 2, HKDF-SHA-256 without salt, AES-128-CBC.
#pragma once

#include "base/result.h"
#include "cli/secret.h"

namespace cli {

inline constexpr std::size_t kGroupSize = 128;    // bytes of a public key
inline constexpr std::size_t kExponentSize = 32;  // bytes of a private exponent
inline constexpr std::size_t kSessionKeySize = 16;
inline constexpr std::size_t kBlockSize = 16;

// Our public key for `exponent` (32 bytes), padded to 128 bytes.
base::Bytes public_key(const Secret& exponent);

// The session's key (16 bytes). Leading zeros of the peer's key do not matter; a key that would
// give the shared secret away (0, 1, p-1) or is not below p is refused (Code::denied).
base::Result<Secret> session_key(base::ByteView peer_public_key, const Secret& exponent);

// A secret as it crosses the bus: the first two fields after the session in (oayays).
struct Sealed {
  base::Bytes parameters;  // the initialisation vector; empty in plain sessions
  base::Bytes value;
};
Sealed seal(const Secret& key, base::ByteView plain, base::ByteView initialisation_vector);
Sealed seal(const Secret& key, base::ByteView plain);  // with a random vector

// Fails with Code::damaged when `sealed` cannot have been made with `key`.
base::Result<Secret> open(const Secret& key, const Sealed& sealed);

}  // namespace cli
