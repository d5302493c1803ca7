// Blowfish and SHA-1 as KWallet computes them. Its own implementations depend on a constant for the
// machine's byte order: KDE 4 had it, and KDE Frameworks lost it, so that one got Blowfish wrong
// and the other SHA-1. Both pad 55 bytes of a block wrongly for SHA-1. Their files can only be read
// the same way.
#pragma once

#include "formats/secret_buffer.h"

namespace formats {

enum class KWalletDialect {
  kde4,        // Blowfish takes its words as little endian
  frameworks,  // SHA-1 does
};

inline constexpr std::size_t blowfish_block = 8;
inline constexpr std::size_t sha1_size = 20;

// Decrypts whole blocks in place, in CBC mode with an IV of zeros, or in ECB mode. `key` has 8 to
// 56 bytes.
void kwallet_decrypt(base::ByteView key, KWalletDialect dialect, bool cbc,
                     base::MutableBytes bytes);

SecretBuffer kwallet_sha1(base::ByteView bytes, KWalletDialect dialect);

}  // namespace formats
