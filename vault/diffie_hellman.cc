#include "vault/diffie_hellman.h"

#include <gmp.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>

#include <array>

namespace vault {
namespace {

static_assert(sizeof(mp_limb_t) == 8 && GMP_NAIL_BITS == 0);
using Limbs = std::span<const mp_limb_t>;
constexpr std::size_t kMaxLimbs = 24;
constexpr std::size_t kExponentLimbs = kExponentSize / sizeof(mp_limb_t);

// Least significant limb first.
constexpr std::array<mp_limb_t, 16> kPrime2 = {
    0xFFFFFFFFFFFFFFFF, 0x49286651ECE65381, 0xAE9F24117C4B1FE6, 0xEE386BFB5A899FA5,
    0x0BFF5CB6F406B7ED, 0xF44C42E9A637ED6B, 0xE485B576625E7EC6, 0x4FE1356D6D51C245,
    0x302B0A6DF25F1437, 0xEF9519B3CD3A431B, 0x514A08798E3404DD, 0x020BBEA63B139B22,
    0x29024E088A67CC74, 0xC4C6628B80DC1CD1, 0xC90FDAA22168C234, 0xFFFFFFFFFFFFFFFF};
constexpr std::array<mp_limb_t, 24> kPrime5 = {
    0xFFFFFFFFFFFFFFFF, 0xF1746C08CA237327, 0x670C354E4ABC9804, 0x9ED529077096966D,
    0x1C62F356208552BB, 0x83655D23DCA3AD96, 0x69163FA8FD24CF5F, 0x98DA48361C55D39A,
    0xC2007CB8A163BF05, 0x49286651ECE45B3D, 0xAE9F24117C4B1FE6, 0xEE386BFB5A899FA5,
    0x0BFF5CB6F406B7ED, 0xF44C42E9A637ED6B, 0xE485B576625E7EC6, 0x4FE1356D6D51C245,
    0x302B0A6DF25F1437, 0xEF9519B3CD3A431B, 0x514A08798E3404DD, 0x020BBEA63B139B22,
    0x29024E088A67CC74, 0xC4C6628B80DC1CD1, 0xC90FDAA22168C234, 0xFFFFFFFFFFFFFFFF};

Limbs prime_of(Group group) { return group == Group::oakley_2 ? Limbs(kPrime2) : Limbs(kPrime5); }

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

bool is_acceptable(Limbs prime, base::ByteView public_key) {
  const auto size = static_cast<mp_size_t>(prime.size());
  std::array<mp_limb_t, kMaxLimbs> y{};
  to_limbs(public_key, y);
  std::array<mp_limb_t, kMaxLimbs> p_minus_1{};
  std::copy(prime.begin(), prime.end(), p_minus_1.begin());
  --p_minus_1[0];
  const std::array<mp_limb_t, kMaxLimbs> one{1};
  return mpn_cmp(y.data(), one.data(), size) > 0 && mpn_cmp(y.data(), p_minus_1.data(), size) < 0;
}

base::ByteView without_leading_zeros(base::ByteView number) {
  while (!number.empty() && number.front() == std::byte{0}) number = number.subspan(1);
  return number;
}

// RFC 5869 with SHA-256, no salt, empty info.
base::Result<SecretBytes> session_key_from(base::ByteView shared, Arena& arena) {
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
  hkdf_extract(hmac, update, digest, SHA256_DIGEST_SIZE, shared.size(), base::u8(shared),
               base::u8(pseudorandom->expose()));
  hmac_sha256_set_key(hmac, SHA256_DIGEST_SIZE, base::u8(pseudorandom->expose()));
  hkdf_expand(hmac, update, digest, SHA256_DIGEST_SIZE, 0, nullptr, kSessionKeySize,
              base::u8(key->expose()));
  return key;
}

}  // namespace

std::size_t size_of(Group group) { return prime_of(group).size_bytes(); }

base::Result<SecretBytes> power(Group group, base::ByteView base, base::ByteView exponent,
                                Arena& arena) {
  const Limbs prime = prime_of(group);
  const auto limbs = static_cast<mp_size_t>(prime.size());
  const auto scratch =
      static_cast<std::size_t>(mpn_sec_powm_itch(limbs, kExponentLimbs * GMP_NUMB_BITS, limbs));
  auto memory =
      SecretBytes::make(arena, (2 * prime.size() + kExponentLimbs + scratch) * sizeof(mp_limb_t));
  auto result = SecretBytes::make(arena, prime.size_bytes());
  if (!memory || !result)
    return base::fail(base::Code::limits_exceeded, "no locked memory is left for a session");
  const auto b = limbs_in(*memory, 0, prime.size());
  const auto r = limbs_in(*memory, prime.size(), prime.size());
  const auto e = limbs_in(*memory, 2 * prime.size(), kExponentLimbs);
  const auto t = limbs_in(*memory, 2 * prime.size() + kExponentLimbs, scratch);
  to_limbs(base, b);
  to_limbs(exponent, e);
  mpn_sec_powm(r.data(), b.data(), limbs, e.data(), kExponentLimbs * GMP_NUMB_BITS, prime.data(),
               limbs, t.data());
  to_bytes(r, result->expose());
  return result;
}

base::Result<Agreement> agree(Group group, base::ByteView peer, const SecretBytes& exponent,
                              Arena& arena) {
  peer = without_leading_zeros(peer);
  if (peer.size() > size_of(group) || !is_acceptable(prime_of(group), peer))
    return base::fail(base::Code::invalid, "the public key is not a usable one");
  constexpr std::byte generator[] = {std::byte{2}};
  auto ours = power(group, generator, exponent.expose(), arena);
  if (!ours) return base::fail(ours.error());
  auto shared = power(group, peer, exponent.expose(), arena);
  if (!shared) return base::fail(shared.error());
  const base::ByteView padded = shared->expose();
  auto key = session_key_from(padded, arena);
  if (!key) return base::fail(key.error());
  Agreement agreement{base::copy_of(ours->expose()), *std::move(key), std::nullopt};
  if (padded.front() != std::byte{0}) return agreement;
  auto stripped = session_key_from(without_leading_zeros(padded), arena);
  if (!stripped) return base::fail(stripped.error());
  agreement.stripped_key = *std::move(stripped);
  return agreement;
}

base::Result<Agreement> agree(Group group, base::ByteView peer, Arena& arena) {
  auto exponent = SecretBytes::make(arena, kExponentSize);
  if (!exponent) return base::fail(exponent.error());
  randombytes_buf(exponent->expose().data(), kExponentSize);
  return agree(group, peer, *exponent, arena);
}

}  // namespace vault
