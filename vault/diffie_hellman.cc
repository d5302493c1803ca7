#include "vault/diffie_hellman.h"

#include <gmp.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>

#include <array>

namespace vault {
namespace {

static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0);
constexpr std::size_t kLimbs = kGroupSize / sizeof(mp_limb_t);
constexpr std::size_t kExponentLimbs = kExponentSize / sizeof(mp_limb_t);

// RFC 2409, section 6.2, least significant limb first.
constexpr std::array<mp_limb_t, kLimbs> kPrime = {
    0xFFFFFFFFFFFFFFFF, 0x49286651ECE65381, 0xAE9F24117C4B1FE6, 0xEE386BFB5A899FA5,
    0x0BFF5CB6F406B7ED, 0xF44C42E9A637ED6B, 0xE485B576625E7EC6, 0x4FE1356D6D51C245,
    0x302B0A6DF25F1437, 0xEF9519B3CD3A431B, 0x514A08798E3404DD, 0x020BBEA63B139B22,
    0x29024E088A67CC74, 0xC4C6628B80DC1CD1, 0xC90FDAA22168C234, 0xFFFFFFFFFFFFFFFF};

// Big-endian bytes into limbs; `bytes` is at most as long as the limbs.
void to_limbs(base::ByteView bytes, std::span<mp_limb_t> limbs) {
  std::fill(limbs.begin(), limbs.end(), 0);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    limbs[i / 8] |= static_cast<mp_limb_t>(bytes[bytes.size() - 1 - i]) << (8 * (i % 8));
}

void to_bytes(std::span<const mp_limb_t> limbs, base::MutableBytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[bytes.size() - 1 - i] = static_cast<std::byte>(limbs[i / 8] >> (8 * (i % 8)));
}

std::span<mp_limb_t> limbs_in(SecretBytes& memory, std::size_t first, std::size_t count) {
  return {reinterpret_cast<mp_limb_t*>(memory.expose().data()) + first, count};
}

bool is_acceptable(base::ByteView public_key) {
  std::array<mp_limb_t, kLimbs> y{};
  to_limbs(public_key, y);
  auto p_minus_1 = kPrime;
  --p_minus_1[0];
  std::array<mp_limb_t, kLimbs> one{1};
  return mpn_cmp(y.data(), one.data(), kLimbs) > 0 &&
         mpn_cmp(y.data(), p_minus_1.data(), kLimbs) < 0;
}

// RFC 5869 with SHA-256, no salt, empty info.
base::Result<SecretBytes> session_key_from(const SecretBytes& shared, Arena& arena) {
  auto context = SecretBytes::make(arena, sizeof(hmac_sha256_ctx));
  auto pseudorandom = SecretBytes::make(arena, SHA256_DIGEST_SIZE);
  auto key = SecretBytes::make(arena, kSessionKeySize);
  if (!context || !pseudorandom || !key)
    return base::fail(base::Code::limits_exceeded, "no locked memory is left for a session");
  auto* hmac = reinterpret_cast<hmac_sha256_ctx*>(context->expose().data());
  constexpr std::array<std::uint8_t, SHA256_DIGEST_SIZE> no_salt{};
  hmac_sha256_set_key(hmac, no_salt.size(), no_salt.data());
  const auto update = reinterpret_cast<nettle_hash_update_func*>(&hmac_sha256_update);
  const auto digest = reinterpret_cast<nettle_hash_digest_func*>(&hmac_sha256_digest);
  hkdf_extract(hmac, update, digest, SHA256_DIGEST_SIZE, shared.size(), base::u8(shared.expose()),
               base::u8(pseudorandom->expose()));
  hmac_sha256_set_key(hmac, SHA256_DIGEST_SIZE, base::u8(pseudorandom->expose()));
  hkdf_expand(hmac, update, digest, SHA256_DIGEST_SIZE, 0, nullptr, kSessionKeySize,
              base::u8(key->expose()));
  return key;
}

}  // namespace

base::Result<SecretBytes> power(base::ByteView base, base::ByteView exponent, Arena& arena) {
  const auto scratch =
      static_cast<std::size_t>(mpn_sec_powm_itch(kLimbs, kExponentLimbs * GMP_NUMB_BITS, kLimbs));
  auto memory =
      SecretBytes::make(arena, (2 * kLimbs + kExponentLimbs + scratch) * sizeof(mp_limb_t));
  auto result = SecretBytes::make(arena, kGroupSize);
  if (!memory || !result)
    return base::fail(base::Code::limits_exceeded, "no locked memory is left for a session");
  const auto b = limbs_in(*memory, 0, kLimbs);
  const auto r = limbs_in(*memory, kLimbs, kLimbs);
  const auto e = limbs_in(*memory, 2 * kLimbs, kExponentLimbs);
  const auto t = limbs_in(*memory, 2 * kLimbs + kExponentLimbs, scratch);
  to_limbs(base, b);
  to_limbs(exponent, e);
  mpn_sec_powm(r.data(), b.data(), kLimbs, e.data(), kExponentLimbs * GMP_NUMB_BITS, kPrime.data(),
               kLimbs, t.data());
  to_bytes(r, result->expose());
  return result;
}

base::Result<Agreement> agree(base::ByteView peer, const SecretBytes& exponent, Arena& arena) {
  while (!peer.empty() && peer.front() == std::byte{0}) peer = peer.subspan(1);
  if (peer.size() > kGroupSize || !is_acceptable(peer))
    return base::fail(base::Code::invalid, "the public key is not a usable one");
  constexpr std::byte generator[] = {std::byte{2}};
  auto ours = power(generator, exponent.expose(), arena);
  if (!ours) return base::fail(ours.error());
  auto shared = power(peer, exponent.expose(), arena);
  if (!shared) return base::fail(shared.error());
  auto key = session_key_from(*shared, arena);
  if (!key) return base::fail(key.error());
  return Agreement{base::copy_of(ours->expose()), *std::move(key)};
}

}  // namespace vault
