#include "formats/crypto.h"

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/pbkdf2.h>
#include <string.h>

namespace formats {

using base::u8;

namespace {

std::uint8_t* into(base::MutableBytes bytes) { return u8(bytes); }

}  // namespace

Md5 md5_of(base::ByteView bytes) {
  Md5 digest;
  md5_ctx context;
  md5_init(&context);
  md5_update(&context, bytes.size(), u8(bytes));
  md5_digest(&context, digest.size(), into(digest));
  ::explicit_bzero(&context, sizeof context);
  return digest;
}

Sha256 hmac_sha256_of(base::ByteView key, base::ByteView bytes) {
  Sha256 digest;
  hmac_sha256_ctx context;
  hmac_sha256_set_key(&context, key.size(), u8(key));
  hmac_sha256_update(&context, bytes.size(), u8(bytes));
  hmac_sha256_digest(&context, digest.size(), into(digest));
  ::explicit_bzero(&context, sizeof context);
  return digest;
}

void aes128_cbc_encrypt(const AesBlock& key, const AesBlock& iv, base::MutableBytes bytes) {
  aes128_ctx context;
  AesBlock chain = iv;
  aes128_set_encrypt_key(&context, u8(key));
  cbc_encrypt(&context, reinterpret_cast<nettle_cipher_func*>(nettle_aes128_encrypt), aes_block,
              into(chain), bytes.size(), into(bytes), u8(base::ByteView(bytes)));
  ::explicit_bzero(&context, sizeof context);
}

void aes128_cbc_decrypt(const AesBlock& key, const AesBlock& iv, base::MutableBytes bytes) {
  aes128_ctx context;
  AesBlock chain = iv;
  aes128_set_decrypt_key(&context, u8(key));
  cbc_decrypt(&context, reinterpret_cast<nettle_cipher_func*>(nettle_aes128_decrypt), aes_block,
              into(chain), bytes.size(), into(bytes), u8(base::ByteView(bytes)));
  ::explicit_bzero(&context, sizeof context);
}

void pbkdf2_sha256(base::ByteView password, base::ByteView salt, std::uint32_t rounds,
                   base::MutableBytes key) {
  ::pbkdf2_hmac_sha256(password.size(), u8(password), rounds, salt.size(), u8(salt), key.size(),
                       into(key));
}

void pbkdf2_sha512(base::ByteView password, base::ByteView salt, std::uint32_t rounds,
                   base::MutableBytes key) {
  ::pbkdf2_hmac_sha512(password.size(), u8(password), rounds, salt.size(), u8(salt), key.size(),
                       into(key));
}

bool same_in_constant_time(base::ByteView one, base::ByteView other) {
  return one.size() == other.size() && memeql_sec(one.data(), other.data(), one.size());
}

}  // namespace formats
