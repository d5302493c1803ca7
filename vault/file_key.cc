#include "vault/file_key.h"

#include <nettle/hmac.h>

#include <algorithm>

namespace vault {
namespace {

using formats::Kdf;
using Digest = std::array<std::uint8_t, SHA256_DIGEST_SIZE>;

// What the files have: gnome-keyring writes salts of 8 bytes and 1000 rounds or more, libsecret and
// oo7 write 32 bytes and 100000 rounds.
bool is_strong_enough(const transfer::KeyWanted& wanted) {
  const std::size_t salt = wanted.salt.value.size();
  return wanted.kdf == Kdf::iterated_sha256 ? salt == 8 && wanted.rounds >= 1000
                                            : salt >= 32 && wanted.rounds >= 100'000;
}

}  // namespace

// In the arena.
struct FileKey::State {
  Digest key;            // so far
  Digest last;           // the last round's, of PBKDF2
  hmac_sha256_ctx hmac;  // keyed with the password, for PBKDF2
  sha256_ctx hash;
};

base::Result<FileKey> FileKey::make(Arena& arena, transfer::KeyWanted wanted,
                                    base::ByteView password) {
  if (wanted.rounds > kMostRounds)
    return base::fail(base::Code::damaged, "its key asks for too many rounds of hashing");
  if (!is_strong_enough(wanted))
    return base::fail(base::Code::damaged,
                      "its key asks for a shorter salt or fewer rounds than its format has");
  auto copy = SecretBytes::copy(arena, password);
  if (!copy) return base::fail(copy.error());
  auto state = SecretBytes::make(arena, sizeof(State));
  if (!state) return base::fail(state.error());
  return FileKey(std::move(wanted), *std::move(copy), *std::move(state));
}

FileKey::State& FileKey::state() { return *reinterpret_cast<State*>(state_.expose().data()); }

void FileKey::go_on() {
  if (done_ == 0) begin();
  const std::uint32_t until = std::min(wanted_.rounds - done_, kSlice) + done_;
  while (done_ < until) add_round();
  sodium_stackzero(32 * 1024);
}

// The first round. PBKDF2's key is no longer than its first block.
void FileKey::begin() {
  State& now = state();
  const auto& salt = wanted_.salt.value;
  if (wanted_.kdf == Kdf::iterated_sha256) {
    sha256_init(&now.hash);
    sha256_update(&now.hash, password_.size(), base::u8(password_.expose()));
    sha256_update(&now.hash, salt.size(), base::u8(salt));
    sha256_digest(&now.hash, now.key.size(), now.key.data());
  } else {
    constexpr std::array<std::uint8_t, 4> block{0, 0, 0, 1};
    hmac_sha256_set_key(&now.hmac, password_.size(), base::u8(password_.expose()));
    hmac_sha256_update(&now.hmac, salt.size(), base::u8(salt));
    hmac_sha256_update(&now.hmac, block.size(), block.data());
    hmac_sha256_digest(&now.hmac, now.key.size(), now.key.data());
    now.last = now.key;
  }
  password_ = SecretBytes();
  done_ = 1;
}

void FileKey::add_round() {
  State& now = state();
  ++done_;
  if (wanted_.kdf == Kdf::iterated_sha256) {
    sha256_update(&now.hash, now.key.size(), now.key.data());
    sha256_digest(&now.hash, now.key.size(), now.key.data());
    return;
  }
  hmac_sha256_update(&now.hmac, now.last.size(), now.last.data());
  hmac_sha256_digest(&now.hmac, now.last.size(), now.last.data());
  for (std::size_t i = 0; i < now.key.size(); ++i) now.key[i] ^= now.last[i];
}

base::ByteView FileKey::bytes() const {
  static_assert(offsetof(State, key) == 0);
  return state_.expose().first(formats::key_size_of(wanted_.kdf));
}

}  // namespace vault
