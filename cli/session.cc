#include "cli/session.h"

#include <gmp.h>
#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>

#include <algorithm>
#include <array>

#include "cli/random.h"

namespace cli {
namespace {

static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0);
using Element = std::array<mp_limb_t, kGroupSize / sizeof(mp_limb_t)>;
constexpr mp_size_t kLimbs = std::tuple_size_v<Element>;

// RFC 2409, section 6.2, least significant limb first.
constexpr Element kPrime = {
    0xFFFFFFFFFFFFFFFF, 0x49286651ECE65381, 0xAE9F24117C4B1FE6, 0xEE386BFB5A899FA5,
    0x0BFF5CB6F406B7ED, 0xF44C42E9A637ED6B, 0xE485B576625E7EC6, 0x4FE1356D6D51C245,
    0x302B0A6DF25F1437, 0xEF9519B3CD3A431B, 0x514A08798E3404DD, 0x020BBEA63B139B22,
    0x29024E088A67CC74, 0xC4C6628B80DC1CD1, 0xC90FDAA22168C234, 0xFFFFFFFFFFFFFFFF};

// Numbers whose memory is wiped.
struct Limbs {
  explicit Limbs(std::size_t count) : memory(Secret::zeros(count * sizeof(mp_limb_t))) {}
  mp_limb_t* data() { return reinterpret_cast<mp_limb_t*>(memory.writable().data()); }
  Secret memory;
};

void read_big_endian(base::ByteView bytes, mp_limb_t* limbs) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    limbs[i / 8] |= static_cast<mp_limb_t>(bytes[bytes.size() - 1 - i]) << (8 * (i % 8));
}

// base^exponent mod p, in time that depends on neither; 128 bytes, big-endian.
Secret power(base::ByteView base, const Secret& exponent) {
  constexpr mp_bitcnt_t kExponentBits = 8 * kExponentSize;
  Limbs b(kLimbs), e(kExponentSize / sizeof(mp_limb_t)), result(kLimbs);
  Limbs scratch(static_cast<std::size_t>(mpn_sec_powm_itch(kLimbs, kExponentBits, kLimbs)));
  read_big_endian(base, b.data());
  read_big_endian(exponent.view(), e.data());
  mpn_sec_powm(result.data(), b.data(), kLimbs, e.data(), kExponentBits, kPrime.data(), kLimbs,
               scratch.data());
  Secret bytes = Secret::zeros(kGroupSize);
  for (std::size_t i = 0; i < kGroupSize; ++i)
    bytes.writable()[kGroupSize - 1 - i] =
        static_cast<std::byte>(result.data()[i / 8] >> (8 * (i % 8)));
  return bytes;
}

bool is_acceptable(base::ByteView key) {
  Element y{}, p_minus_1 = kPrime;
  const Element one{1};
  --p_minus_1[0];
  read_big_endian(key, y.data());
  return mpn_cmp(y.data(), one.data(), kLimbs) > 0 &&
         mpn_cmp(y.data(), p_minus_1.data(), kLimbs) < 0;
}

// RFC 5869 with SHA-256, no salt, empty info.
Secret derive(const Secret& shared) {
  hmac_sha256_ctx hmac;
  constexpr std::array<std::uint8_t, SHA256_DIGEST_SIZE> no_salt{};
  Secret pseudorandom = Secret::zeros(SHA256_DIGEST_SIZE), key = Secret::zeros(kSessionKeySize);
  const auto update = reinterpret_cast<nettle_hash_update_func*>(&hmac_sha256_update);
  const auto digest = reinterpret_cast<nettle_hash_digest_func*>(&hmac_sha256_digest);
  hmac_sha256_set_key(&hmac, no_salt.size(), no_salt.data());
  hkdf_extract(&hmac, update, digest, SHA256_DIGEST_SIZE, shared.size(), base::u8(shared.view()),
               base::u8(pseudorandom.writable()));
  hmac_sha256_set_key(&hmac, pseudorandom.size(), base::u8(pseudorandom.view()));
  hkdf_expand(&hmac, update, digest, SHA256_DIGEST_SIZE, 0, nullptr, key.size(),
              base::u8(key.writable()));
  ::explicit_bzero(&hmac, sizeof hmac);
  return key;
}

// The number of padding bytes (PKCS #7), or 0 when the padding is not one.
std::size_t padding_of(base::ByteView plain) {
  const auto length = static_cast<std::size_t>(plain.back());
  if (length == 0 || length > kBlockSize) return 0;
  const base::ByteView padding = plain.last(length);
  const bool same = std::all_of(padding.begin(), padding.end(),
                                [&](std::byte byte) { return byte == plain.back(); });
  return same ? length : 0;
}

}  // namespace

base::Bytes public_key(const Secret& exponent) {
  constexpr std::byte generator[] = {std::byte{2}};
  return base::copy_of(power(generator, exponent).view());
}

base::Result<Secret> session_key(base::ByteView peer, const Secret& exponent) {
  while (!peer.empty() && peer.front() == std::byte{0}) peer = peer.subspan(1);
  if (peer.size() > kGroupSize || !is_acceptable(peer))
    return base::fail(base::Code::denied, "the service's public key is not a usable one");
  return derive(power(peer, exponent));
}

Sealed seal(const Secret& key, base::ByteView plain, base::ByteView initialisation_vector) {
  const std::size_t padding = kBlockSize - plain.size() % kBlockSize;
  Secret padded = Secret::zeros(plain.size() + padding);
  std::fill(padded.writable().begin(), padded.writable().end(), static_cast<std::byte>(padding));
  std::copy(plain.begin(), plain.end(), padded.writable().begin());
  Sealed sealed{base::copy_of(initialisation_vector), base::Bytes(padded.size())};
  base::Bytes chain = sealed.parameters;  // changed by the encryption
  aes128_ctx aes;
  aes128_set_encrypt_key(&aes, base::u8(key.view()));
  cbc_encrypt(&aes, reinterpret_cast<nettle_cipher_func*>(&aes128_encrypt), kBlockSize,
              base::u8(base::MutableBytes(chain)), padded.size(),
              base::u8(base::MutableBytes(sealed.value)), base::u8(padded.view()));
  ::explicit_bzero(&aes, sizeof aes);
  return sealed;
}

Sealed seal(const Secret& key, base::ByteView plain) {
  base::Bytes vector(kBlockSize);
  fill_random(vector);
  return seal(key, plain, vector);
}

base::Result<Secret> open(const Secret& key, const Sealed& sealed) {
  const auto damaged = [] {
    return base::fail(base::Code::damaged, "the secret did not arrive intact; try again");
  };
  if (sealed.parameters.size() != kBlockSize || sealed.value.empty() ||
      sealed.value.size() % kBlockSize != 0)
    return damaged();
  Secret plain = Secret::zeros(sealed.value.size());
  base::Bytes chain = sealed.parameters;
  aes128_ctx aes;
  aes128_set_decrypt_key(&aes, base::u8(key.view()));
  cbc_decrypt(&aes, reinterpret_cast<nettle_cipher_func*>(&aes128_decrypt), kBlockSize,
              base::u8(base::MutableBytes(chain)), plain.size(), base::u8(plain.writable()),
              base::u8(base::ByteView(sealed.value)));
  ::explicit_bzero(&aes, sizeof aes);
  const std::size_t padding = padding_of(plain.view());
  if (padding == 0) return damaged();
  plain.shrink(plain.size() - padding);
  return plain;
}

}  // namespace cli
