// The readers of other password managers' files. Nothing they accept may be ill-formed, and what is
// written of it reads back the same.
//
// Input: a file; or 0xf0 | u8 items | what a gnome-keyring file encrypts; or 0xf1 | what an item of
// a libsecret file encrypts; or 0xf2 | what a wallet encrypts; or 0xf3 | u8 size | so many bytes of
// a wallet's attributes | what the wallet encrypts. No file starts with those, and encryption keeps
// a fuzzer out of them.
#include <nettle/blowfish.h>
#include <nettle/sha2.h>

#include <cstdlib>

#include "formats/byte_writer.h"
#include "formats/crypto.h"
#include "formats/detect.h"
#include "formats/gnome_keyring_binary.h"
#include "formats/gvariant.h"
#include "formats/json_export.h"
#include "formats/kwallet_cipher.h"
#include "formats/read.h"

namespace {

using formats::Document;

constexpr formats::Limits cheap{4096};
const base::ByteView password = base::bytes_of("correct horse");

void require(bool condition) {
  if (!condition) std::abort();
}

using formats::SecretBuffer;

// One round of hashing an empty salt's eight zeros, as the file below asks for.
formats::Sha256 key_and_iv() {
  formats::Sha256 digest;
  sha256_ctx context;
  const std::array<std::uint8_t, 8> salt{};
  sha256_init(&context);
  sha256_update(&context, password.size(), base::u8(password));
  sha256_update(&context, salt.size(), salt.data());
  sha256_digest(&context, digest.size(), base::u8(base::MutableBytes(digest)));
  return digest;
}

SecretBuffer gnome_keyring_around(base::ByteView plaintext, std::uint32_t items) {
  formats::ByteWriter file;
  file.raw(base::bytes_of(formats::gnome_keyring_magic));
  file.u32(0);
  file.counted("label");
  for (int i = 0; i < 6; ++i) file.u32(0);  // times, flags, timeout
  file.u32(1);
  for (int i = 0; i < 6; ++i) file.u32(0);  // salt, reserved
  file.u32(items);
  for (std::uint32_t i = 0; i < items; ++i)
    for (const std::uint32_t field : {i, i, 0u}) file.u32(field);
  formats::ByteWriter padded;
  padded.raw(plaintext);
  padded.pad_to_multiple_of(formats::aes_block);
  formats::ByteWriter sealed;
  sealed.raw(formats::md5_of(padded.out()));
  sealed.raw(padded.out());
  const formats::Sha256 secret = key_and_iv();
  const base::ByteView view(secret);
  formats::aes128_cbc_encrypt(formats::array_of<formats::AesBlock>(view.first(16)),
                              formats::array_of<formats::AesBlock>(view.last(16)), sealed.out());
  file.counted(sealed.out());
  return std::move(file.out());
}

SecretBuffer libsecret_file_around(base::ByteView plaintext) {
  using namespace formats::gvariant;
  formats::AesBlock key;
  formats::pbkdf2_sha256(password, base::bytes_of("salt"), 1, key);
  SecretBuffer blob = formats::secret_of(plaintext);
  const std::size_t padding = 16 - blob.size() % 16;
  blob.resize(blob.size() + padding, static_cast<std::byte>(padding));
  formats::aes128_cbc_encrypt(key, {}, blob);
  blob.resize(blob.size() + 16);
  const formats::Sha256 mac = formats::hmac_sha256_of(key, blob);
  blob.insert(blob.end(), mac.begin(), mac.end());
  const SecretBuffer items = write_array({write_tuple({bytes_member({}), bytes_member(blob)})});
  const SecretBuffer body =
      write_tuple({u32_member(4), bytes_member(base::bytes_of("salt")), u32_member(1),
                   u64_member(0), u32_member(0), bytes_member(items)});
  SecretBuffer file = formats::secret_of(formats::gnome_keyring_magic);
  file.insert(file.end(), {std::byte{1}, std::byte{0}});
  file.insert(file.end(), body.begin(), body.end());
  return file;
}

// A wallet of version 0.0 in ECB mode.
SecretBuffer wallet_around(base::ByteView content) {
  constexpr auto dialect = formats::KWalletDialect::frameworks;
  static const SecretBuffer key = [] {
    SecretBuffer digest = formats::secret_of(password);
    for (int round = 0; round < 2000; ++round) digest = formats::kwallet_sha1(digest, dialect);
    return digest;
  }();
  formats::ByteWriter plaintext;
  plaintext.u64(0);
  plaintext.counted(content);
  while (plaintext.out().size() % 8 != 4) plaintext.raw(base::bytes_of("p"));
  plaintext.raw(formats::kwallet_sha1(content, dialect));
  blowfish_ctx context;
  blowfish_set_key(&context, key.size(), base::u8(base::ByteView(key)));
  SecretBuffer& bytes = plaintext.out();
  blowfish_encrypt(&context, bytes.size(), base::u8(base::MutableBytes(bytes)),
                   base::u8(base::ByteView(bytes)));
  formats::ByteWriter file;
  file.raw(base::bytes_of(formats::kwallet_magic));
  file.u64(0);  // version 0.0, Blowfish, SHA-1; no index
  file.raw(bytes);
  return std::move(file.out());
}

// What lies beside the wallet in the input, and the wallet's content.
std::pair<base::ByteView, base::ByteView> split(base::ByteView input) {
  const base::ByteView rest = input.subspan(1);
  const std::size_t size = std::min(rest.size(), std::to_integer<std::size_t>(input[0]));
  return {rest.first(size), rest.subspan(size)};
}

bool has_attributes(base::ByteView input) {
  return input.size() >= 2 && input[0] == std::byte{0xf3};
}

SecretBuffer file_of(base::ByteView input) {
  if (has_attributes(input)) return wallet_around(split(input.subspan(1)).second);
  if (input.size() >= 2 && input[0] == std::byte{0xf0})
    return gnome_keyring_around(input.subspan(2), std::to_integer<std::uint32_t>(input[1]));
  if (!input.empty() && input[0] == std::byte{0xf1}) return libsecret_file_around(input.subspan(1));
  if (!input.empty() && input[0] == std::byte{0xf2}) return wallet_around(input.subspan(1));
  return formats::secret_of(input);
}

void require_well_formed(const Document& document) {
  require(base::is_utf8(document.label));
  for (const formats::Record& record : document.records) {
    require(base::is_utf8(record.label) && base::is_utf8(record.content_type));
    for (const auto& [name, value] : record.attributes)
      require(!name.empty() && base::is_utf8(name) && base::is_utf8(value));
  }
}

void require_same(const Document& one, const base::Result<Document>& other) {
  require(other && other->damages.empty() && other->records.size() == one.records.size());
  for (std::size_t i = 0; i < one.records.size(); ++i) {
    const formats::Record& read = other->records[i];
    require(read.secret == one.records[i].secret && read.label == one.records[i].label);
    // What is written to a keyring gets a schema with it.
    for (const auto& [name, value] : one.records[i].attributes)
      require(read.attributes.contains(name) && read.attributes.at(name) == value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView input = std::as_bytes(std::span(data, size));
  const SecretBuffer file = file_of(input);
  const base::ByteView beside =
      has_attributes(input) ? split(input.subspan(1)).first : base::ByteView{};
  const auto document = formats::read_document(file, {password, {{}, beside}}, cheap);
  if (!document) return 0;
  require_well_formed(*document);
  const auto zeros = [](base::MutableBytes bytes) { std::ranges::fill(bytes, std::byte{}); };
  const auto keyring = formats::write_gnome_keyring_binary(*document, password, zeros);
  require(static_cast<bool>(keyring));
  require_same(*document, formats::read_gnome_keyring_binary(*keyring, formats::keys_of(password)));
  require_same(*document, formats::read_json_export(formats::write_json_export(*document)));
  return 0;
}
