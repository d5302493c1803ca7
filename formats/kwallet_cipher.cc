#include "formats/kwallet_cipher.h"

#include <nettle/blowfish.h>
#include <nettle/sha1.h>
#include <string.h>

#include <algorithm>
#include <array>

namespace formats {
namespace {

constexpr std::size_t sha1_block = SHA1_BLOCK_SIZE;

void swap_words(base::MutableBytes bytes) {
  for (std::size_t word = 0; word + 4 <= bytes.size(); word += 4)
    std::ranges::reverse(bytes.subspan(word, 4));
}

// As KWallet pads: 0x80, zeros, and the length in bits at the end of a block. SHA-1 itself puts
// that into the same block as 55 bytes; KWallet begins another.
SecretBuffer padded(base::ByteView bytes) {
  SecretBuffer message = secret_of(bytes);
  message.push_back(std::byte{0x80});
  if (message.size() % sha1_block == sha1_block - 8) message.push_back(std::byte{0});
  while (message.size() % sha1_block != sha1_block - 8) message.push_back(std::byte{0});
  for (int shift = 56; shift >= 0; shift -= 8)
    message.push_back(static_cast<std::byte>(std::uint64_t{bytes.size()} * 8 >> shift));
  return message;
}

}  // namespace

SecretBuffer kwallet_sha1(base::ByteView bytes, KWalletDialect dialect) {
  SecretBuffer message = padded(bytes);
  if (dialect == KWalletDialect::frameworks) swap_words(message);
  sha1_ctx context;
  sha1_init(&context);
  for (std::size_t at = 0; at < message.size(); at += sha1_block)
    nettle_sha1_compress(context.state, base::u8(base::ByteView(message).subspan(at, sha1_block)));
  SecretBuffer digest;
  for (const std::uint32_t word : context.state)
    for (const int shift : {24, 16, 8, 0}) digest.push_back(static_cast<std::byte>(word >> shift));
  if (dialect == KWalletDialect::frameworks) swap_words(digest);
  ::explicit_bzero(&context, sizeof context);
  return digest;
}

void kwallet_decrypt(base::ByteView key, KWalletDialect dialect, bool cbc,
                     base::MutableBytes bytes) {
  blowfish_ctx context;
  // The answer tells of weak keys, which are what they are.
  (void)blowfish_set_key(&context, key.size(), base::u8(key));
  if (dialect == KWalletDialect::kde4) swap_words(bytes);
  std::array<std::byte, blowfish_block> before{};
  for (std::size_t at = 0; at + blowfish_block <= bytes.size(); at += blowfish_block) {
    const base::MutableBytes block = bytes.subspan(at, blowfish_block);
    std::array<std::byte, blowfish_block> ciphertext;
    std::ranges::copy(block, ciphertext.begin());
    blowfish_decrypt(&context, blowfish_block, base::u8(block), base::u8(base::ByteView(block)));
    if (cbc)
      for (std::size_t i = 0; i < blowfish_block; ++i) block[i] ^= before[i];
    before = ciphertext;
  }
  if (dialect == KWalletDialect::kde4) swap_words(bytes);
  ::explicit_bzero(&context, sizeof context);
}

}  // namespace formats
