// The cryptography that the formats share, from Nettle.
#pragma once

#include <algorithm>
#include <array>

#include "formats/secret_buffer.h"

namespace formats {

inline constexpr std::size_t aes_block = 16;
using AesBlock = std::array<std::byte, aes_block>;
using Md5 = std::array<std::byte, 16>;
using Sha256 = std::array<std::byte, 32>;

Md5 md5_of(base::ByteView bytes);
Sha256 hmac_sha256_of(base::ByteView key, base::ByteView bytes);

// AES-128 in CBC mode, in place and without padding. `bytes` is whole blocks.
void aes128_cbc_encrypt(const AesBlock& key, const AesBlock& iv, base::MutableBytes bytes);
void aes128_cbc_decrypt(const AesBlock& key, const AesBlock& iv, base::MutableBytes bytes);

// PBKDF2 (RFC 8018) with `rounds` of at least 1, into `key`.
void pbkdf2_sha256(base::ByteView password, base::ByteView salt, std::uint32_t rounds,
                   base::MutableBytes key);
void pbkdf2_sha512(base::ByteView password, base::ByteView salt, std::uint32_t rounds,
                   base::MutableBytes key);

bool same_in_constant_time(base::ByteView one, base::ByteView other);

// A fixed-size copy of exactly that many bytes.
template <class Array>
Array array_of(base::ByteView bytes) {
  Array array{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), array.size()), array.begin());
  return array;
}

}  // namespace formats
