#include "backup/envelope.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstdlib>

#include "formats/byte_reader.h"
#include "formats/byte_writer.h"
#include "formats/detect.h"

namespace backup {
namespace {

using base::ByteView;
using base::Code;
using base::u8;
using formats::ByteReader;
using formats::ByteWriter;
using formats::SecretBuffer;

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChunk = std::size_t{64} << 10;  // of the content, in bytes
constexpr std::size_t kSealedChunk = kChunk + crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::size_t kProof = 16;     // at the header's end: the keyed hash,
constexpr std::size_t kChecksum = 16;  // and the hash of all before it
constexpr std::size_t kSmallestHeader = 16 + 4 + 4 + kChecksum;  // of any version
constexpr std::size_t kLargestHeader = 4096;

enum class KeyKind : std::uint32_t { password = 1, recovery_key = 2 };

using Salt = std::array<std::byte, crypto_pwhash_SALTBYTES>;
using StreamHeader = std::array<std::byte, crypto_secretstream_xchacha20poly1305_HEADERBYTES>;
using Key = SecretBuffer;  // of kKeySize bytes
constexpr std::size_t kKeySize = crypto_kdf_KEYBYTES;
static_assert(kKeySize == crypto_secretstream_xchacha20poly1305_KEYBYTES);

struct Header {
  KeyKind kind = KeyKind::password;
  Cost cost;  // zeros where no password is hashed
  Salt salt{};
  StreamHeader stream{};
  std::uint64_t body = 0;  // bytes that follow the header
};
constexpr std::size_t kHeader =
    16 + 4 + 4 + 4 + 4 + 4 + sizeof(Salt) + sizeof(StreamHeader) + 8 + kProof + kChecksum;

void start_sodium() {
  if (::sodium_init() < 0) std::abort();
}

template <std::size_t Size>
std::array<std::byte, Size> hash(ByteView bytes, ByteView key = {}) {
  std::array<std::byte, Size> digest{};
  ::crypto_generichash(u8(base::MutableBytes(digest)), Size, u8(bytes), bytes.size(), u8(key),
                       key.size());
  return digest;
}

// One of the keys that are derived from the first.
Key subkey(const Key& key, std::uint64_t number) {
  Key derived(kKeySize);
  ::crypto_kdf_derive_from_key(u8(base::MutableBytes(derived)), kKeySize, number, "CofferBk",
                               u8(ByteView(key)));
  return derived;
}
Key proof_key(const Key& key) { return subkey(key, 1); }
Key stream_key(const Key& key) { return subkey(key, 2); }

base::Result<Key> key_of(ByteView password, const Salt& salt, Cost cost) {
  Key key(kKeySize);
  // libsodium takes no null pointer, not even for an empty password.
  const auto text = password.empty() ? std::string_view("") : base::text_of(password);
  const int failed = ::crypto_pwhash(
      u8(base::MutableBytes(key)), kKeySize, text.data(), text.size(), u8(ByteView(salt)),
      cost.passes, std::size_t{cost.memory_kib} << 10, crypto_pwhash_ALG_ARGON2ID13);
  if (failed)
    return base::fail(Code::no_space,
                      fmt::format("hashing the password takes {} MiB of memory, which are not free",
                                  cost.memory_kib >> 10));
  return key;
}

Key key_of(const transfer::RecoveryKey& recovery, const Salt& salt) {
  const auto digest = hash<kKeySize>(salt, recovery);
  return formats::secret_of(ByteView(digest));
}

// --- The header
// -----------------------------------------------------------------------------------

SecretBuffer write_header(const Header& header, const Key& key) {
  ByteWriter out;
  out.raw(base::bytes_of(formats::coffer_backup_magic));
  out.u32(kVersion);
  out.u32(kHeader);
  out.u32(static_cast<std::uint32_t>(header.kind));
  out.u32(header.cost.passes);
  out.u32(header.cost.memory_kib);
  out.raw(header.salt);
  out.raw(header.stream);
  out.u64(header.body);
  out.raw(hash<kProof>(out.out(), proof_key(key)));
  out.raw(hash<kChecksum>(out.out()));
  return std::move(out.out());
}

base::Failure<base::Error> damaged(const char* what) { return base::fail(Code::damaged, what); }

// The first bytes of the file, whose length is in them and whose checksum is right: the same in
// every version.
base::Result<ByteView> find_header(ByteView file) {
  if (!base::text_of(file).starts_with(formats::coffer_backup_magic))
    return base::fail(
        Code::not_supported,
        "this is no backup of Coffer's, or its start is damaged: try another copy, or \"coffer "
        "import\" for what others wrote");
  if (file.size() > kMaxFile)
    return base::fail(Code::limits_exceeded, "the file is longer than 256 MiB");
  ByteReader in(file.subspan(formats::coffer_backup_magic.size()));
  in.u32();  // the version
  const std::size_t size = in.u32();
  if (!in.ok()) return damaged("the backup is cut off within its header");
  if (size < kSmallestHeader || size > kLargestHeader)
    return damaged("the backup's header is damaged");
  if (file.size() < size)
    return damaged("the backup is cut off within its header, or damaged there");
  const ByteView header = file.first(size);
  const auto checksum = hash<kChecksum>(header.first(size - kChecksum));
  if (!std::ranges::equal(checksum, header.last(kChecksum)))
    return damaged("the backup's header is damaged");
  return header;
}

bool is_bearable(const Header& header, const Cost& highest) {
  if (header.kind == KeyKind::recovery_key) return true;
  const auto within = [](std::uint32_t value, std::uint32_t least, std::uint32_t most) {
    return value >= least && value <= most;
  };
  return within(header.cost.passes, crypto_pwhash_argon2id_OPSLIMIT_MIN, highest.passes) &&
         within(header.cost.memory_kib, crypto_pwhash_argon2id_MEMLIMIT_MIN >> 10,
                highest.memory_kib);
}

template <class Array>
Array array_of(ByteView bytes) {
  Array array{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), array.size()), array.begin());
  return array;
}

base::Result<Header> read_header(ByteView bytes, const Cost& highest) {
  ByteReader in(bytes.subspan(formats::coffer_backup_magic.size()));
  if (in.u32() != kVersion)
    return base::fail(Code::too_new, "a later version of Coffer wrote this backup: it can read it");
  if (in.u32() != kHeader) return damaged("the backup's header makes no sense");
  Header header;
  header.kind = static_cast<KeyKind>(in.u32());
  header.cost.passes = in.u32();
  header.cost.memory_kib = in.u32();
  header.salt = array_of<Salt>(in.take(sizeof(Salt)));
  header.stream = array_of<StreamHeader>(in.take(sizeof(StreamHeader)));
  header.body = in.u64();
  if (header.kind != KeyKind::password && header.kind != KeyKind::recovery_key)
    return damaged("the backup's header makes no sense");
  if (!is_bearable(header, highest))
    return base::fail(Code::limits_exceeded,
                      "the backup asks for more work than Coffer would ever ask for: it may be "
                      "meant to harm you");
  return header;
}

// --- Its key
// --------------------------------------------------------------------------------------

base::Result<Key> key_for(const Header& header, const Given& given) {
  if (header.kind == KeyKind::password) return key_of(given.password, header.salt, header.cost);
  if (!given.key)
    return base::fail(Code::wrong_password,
                      "the backup opens with its recovery key, and this is none: a character may "
                      "be mistyped or missing");
  return key_of(*given.key, header.salt);
}

// The header says so too, so that a wrong password is told from a damaged file.
base::Outcome check_key(const Header& header, ByteView bytes, const Key& key) {
  const std::size_t covered = kHeader - kProof - kChecksum;
  const auto proof = hash<kProof>(bytes.first(covered), proof_key(key));
  if (::sodium_memcmp(proof.data(), bytes.subspan(covered).data(), kProof) == 0) return base::Ok{};
  return base::fail(Code::wrong_password, header.kind == KeyKind::password
                                              ? "the backup has another password"
                                              : "the backup has another recovery key");
}

// --- The body
// -------------------------------------------------------------------------------------

std::size_t sealed_size(std::size_t content) {
  const std::size_t chunks = content / kChunk + 1;
  return content + chunks * crypto_secretstream_xchacha20poly1305_ABYTES;
}

// The last chunk is shorter than the others, and may be empty.
base::Result<base::Bytes> seal_with(ByteView content, Header header, const Key& key) {
  crypto_secretstream_xchacha20poly1305_state state;
  ::crypto_secretstream_xchacha20poly1305_init_push(&state, u8(base::MutableBytes(header.stream)),
                                                    u8(ByteView(stream_key(key))));
  header.body = sealed_size(content.size());
  if (kHeader + header.body > kMaxFile)
    return base::fail(Code::limits_exceeded, "the backup would be longer than 256 MiB");
  const SecretBuffer bound = write_header(header, key);
  base::Bytes file = base::copy_of(bound);
  file.resize(kHeader + header.body);
  std::size_t at = kHeader;
  for (bool last = false; !last; content = content.subspan(std::min(kChunk, content.size()))) {
    last = content.size() < kChunk;
    const ByteView chunk = content.first(std::min(kChunk, content.size()));
    unsigned long long size = 0;
    ::crypto_secretstream_xchacha20poly1305_push(
        &state, u8(base::MutableBytes(file).subspan(at)), &size, u8(chunk), chunk.size(),
        u8(ByteView(bound)), bound.size(),
        last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
             : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
    at += size;
  }
  ::sodium_memzero(&state, sizeof state);
  return file;
}

base::Outcome check_size(const Header& header, ByteView body) {
  if (body.size() < header.body) return damaged("the backup is cut off: its end is missing");
  if (body.size() > header.body) return damaged("something was added to the end of the backup");
  return base::Ok{};
}

base::Result<base::Bytes> open_body(ByteView body, const Header& header, ByteView bound,
                                    const Key& key) {
  const auto altered = [] { return damaged("the backup was altered, or its disk has damaged it"); };
  crypto_secretstream_xchacha20poly1305_state state;
  if (::crypto_secretstream_xchacha20poly1305_init_pull(&state, u8(ByteView(header.stream)),
                                                        u8(ByteView(stream_key(key)))) != 0)
    return altered();
  base::Bytes content(body.size());
  std::size_t used = 0;
  for (bool last = false; !last;) {
    const ByteView chunk = body.first(std::min(kSealedChunk, body.size()));
    body = body.subspan(chunk.size());
    unsigned long long size = 0;
    std::uint8_t tag = 0;
    if (chunk.size() < crypto_secretstream_xchacha20poly1305_ABYTES ||
        ::crypto_secretstream_xchacha20poly1305_pull(
            &state, u8(base::MutableBytes(content).subspan(used)), &size, &tag, u8(chunk),
            chunk.size(), u8(bound), bound.size()) != 0)
      return altered();
    used += size;
    last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  }
  ::sodium_memzero(&state, sizeof state);
  if (!body.empty()) return altered();
  content.resize(used);
  return content;
}

Header new_header(KeyKind kind) {
  start_sodium();
  Header header;
  header.kind = kind;
  ::randombytes_buf(header.salt.data(), header.salt.size());
  return header;
}

}  // namespace

base::Result<base::Bytes> seal(ByteView content, ByteView password, Cost cost) {
  Header header = new_header(KeyKind::password);
  header.cost = cost;
  auto key = key_of(password, header.salt, cost);
  if (!key) return base::fail(key.error());
  return seal_with(content, header, *key);
}

base::Result<base::Bytes> seal(ByteView content, const transfer::RecoveryKey& recovery) {
  Header header = new_header(KeyKind::recovery_key);
  header.cost = {0, 0};
  return seal_with(content, header, key_of(recovery, header.salt));
}

base::Result<base::Bytes> open(ByteView file, const Given& given, const Cost& highest) {
  start_sodium();
  const auto bytes = find_header(file);
  if (!bytes) return base::fail(bytes.error());
  const auto header = read_header(*bytes, highest);
  if (!header) return base::fail(header.error());
  const ByteView body = file.subspan(bytes->size());
  if (auto whole = check_size(*header, body); !whole) return base::fail(whole.error());
  const auto key = key_for(*header, given);
  if (!key) return base::fail(key.error());
  if (auto right = check_key(*header, *bytes, *key); !right) return base::fail(right.error());
  return open_body(body, *header, *bytes, *key);
}

}  // namespace backup
