#include "formats/kwallet.h"

#include <algorithm>
#include <utility>

#include "formats/byte_reader.h"
#include "formats/crypto.h"
#include "formats/detect.h"
#include "formats/json_text.h"
#include "formats/kwallet_attributes.h"
#include "formats/kwallet_cipher.h"
#include "formats/text.h"
#include "formats/utf16.h"

namespace formats {
namespace {

using base::ByteView;
using base::Code;

constexpr std::uint32_t pbkdf2_rounds = 50'000;
constexpr std::size_t pbkdf2_key_size = 56;
enum Cipher : std::uint8_t { blowfish_ecb = 0, gpg = 2, blowfish_cbc = 3 };
enum Hash : std::uint8_t { hash_sha1 = 0, hash_pbkdf2_sha512 = 2 };
enum EntryType : std::uint32_t { type_password = 1, type_bytes = 2, type_map = 3 };

// Of version 0.0: each part of the password hashed 2000 times, and as much of each result as fits.
// The parts are 16 bytes long, but the fourth is all the rest.
SecretBuffer key_by_sha1(ByteView password, KWalletDialect dialect) {
  constexpr std::size_t part_size = 16, parts_at_most = 4, longest = 56;
  const std::size_t parts =
      std::clamp<std::size_t>((password.size() + part_size - 1) / part_size, 1, parts_at_most);
  SecretBuffer key;
  for (std::size_t i = 0; i < parts; ++i) {
    const ByteView rest = password.subspan(i * part_size);
    const bool is_last = i + 1 == parts_at_most;
    SecretBuffer digest =
        kwallet_sha1(is_last ? rest : rest.first(std::min(part_size, rest.size())), dialect);
    for (int round = 1; round < 2000; ++round) digest = kwallet_sha1(digest, dialect);
    const std::size_t share = parts == parts_at_most ? longest / parts_at_most : digest.size();
    digest.resize(std::min(share, longest - key.size()));
    key.insert(key.end(), digest.begin(), digest.end());
  }
  return key;
}

SecretBuffer key_by_pbkdf2(ByteView password, ByteView salt) {
  SecretBuffer key(pbkdf2_key_size);
  pbkdf2_sha512(password, salt, pbkdf2_rounds, key);
  return key;
}

struct Outline {
  bool cbc = false;
  bool salted = false;
  ByteView ciphertext;
};

base::Result<Outline> read_outline(ByteView file) {
  ByteReader in(file);
  if (base::text_of(in.take(kwallet_magic.size())) != kwallet_magic)
    return base::fail(Code::not_supported, "this is not a KWallet file");
  const ByteView version = in.take(4);
  if (!in.ok()) return base::fail(Code::damaged, "the wallet is cut off");
  const auto part = [&](std::size_t i) { return std::to_integer<std::uint8_t>(version[i]); };
  if (part(0) != 0 || part(1) > 1)
    return base::fail(Code::not_supported, "this version of KWallet's format is unknown");
  if (part(2) == gpg)
    return base::fail(Code::not_supported, "the wallet is encrypted with a GPG key");
  const bool known_cipher = part(2) == blowfish_ecb || part(2) == blowfish_cbc;
  if (!known_cipher || (part(3) != hash_sha1 && part(3) != hash_pbkdf2_sha512))
    return base::fail(Code::not_supported, "the wallet's cipher or hash is unknown");

  // The index in the clear: MD5s of the folders' names, and of those of their entries.
  const std::uint32_t folders = in.u32();
  for (std::uint32_t i = 0; i < folders && in.ok(); ++i) {
    in.take(16);
    const std::uint32_t entries = in.u32();
    in.take(std::size_t{entries} * 16);
  }
  if (!in.ok()) return base::fail(Code::damaged, "the wallet's index cannot be read");
  if (in.left().size() % blowfish_block != 0 || in.left().empty())
    return base::fail(Code::damaged, "the wallet is cut off");
  return Outline{part(2) == blowfish_cbc, part(1) == 1, in.left()};
}

// A block of noise | u32 size | that many bytes | padding | their SHA-1. The bytes; none when the
// checksum does not match.
std::optional<ByteView> checked_content(ByteView plaintext, KWalletDialect dialect) {
  if (plaintext.size() < blowfish_block + 4 + sha1_size) return std::nullopt;
  ByteReader in(plaintext.subspan(blowfish_block));
  const ByteView content = in.take(in.u32());
  if (!in.ok() || in.left().size() < sha1_size) return std::nullopt;
  const bool matches =
      std::ranges::equal(kwallet_sha1(content, dialect), plaintext.last(sha1_size));
  return matches ? std::optional(content) : std::nullopt;
}

// A map's bytes hold a QMap<QString, QString>: u32 count, then the pairs.
std::optional<SecretBuffer> json_of_map(ByteView value) {
  ByteReader in(value);
  const std::uint32_t count = in.u32();
  std::vector<std::pair<SecretBuffer, SecretBuffer>> pairs;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    SecretBuffer name = utf8_of_utf16_be(in.counted());
    pairs.emplace_back(std::move(name), utf8_of_utf16_be(in.counted()));
  }
  if (!in.ok()) return std::nullopt;
  std::ranges::sort(pairs);  // as KWallet does
  return json_object_of(pairs);
}

// Where an entry is, and what is in it.
struct Entry {
  std::string_view folder;
  std::string_view name;
  std::uint32_t type;
  ByteView value;
};

// The secret, and the content type that follows from the entry's type. False when it cannot be
// read.
bool read_value(Draft& draft, const Entry& entry) {
  if (entry.type == type_map) {
    auto json = json_of_map(entry.value);
    if (!json) return draft.damage("map", "cannot be read"), false;
    draft.set_secret(std::move(*json));
    draft.record.content_type = "application/json";
  } else if (entry.type == type_password) {
    ByteReader in(entry.value);  // a QString
    draft.set_secret(utf8_of_utf16_be(in.counted()));
    if (!in.ok()) return draft.damage("password", "cannot be read"), false;
  } else {
    draft.set_secret(secret_of(entry.value));
    draft.record.content_type = "application/octet-stream";
  }
  return true;
}

const char* word_for(std::uint32_t type) {
  return type == type_map ? "map" : type == type_password ? "plaintext" : "base64";
}

void read_entry(Draft draft, const Entry& entry, const KWalletAttributes& attributes) {
  if (!read_value(draft, entry)) return;
  draft.set_label(kwallet_label(entry.folder, entry.name));
  if (!attributes.describe(draft, entry.folder, entry.name)) {
    draft.add_attribute("user", entry.name);
    draft.add_attribute("server", entry.folder);
    draft.add_attribute("type", word_for(entry.type));
  }
  draft.finish();
}

KWalletAttributes attributes_of(ByteView text, Document& document) {
  auto attributes = KWalletAttributes::parse(text);
  if (!attributes)
    document.damages.push_back(
        {std::nullopt, "the attributes beside the wallet", "cannot be read: they are not JSON"});
  return std::move(attributes).value_or(KWalletAttributes());
}

Document read_content(ByteView content, ByteView attributes_file) {
  Document document;
  const KWalletAttributes attributes = attributes_of(attributes_file, document);
  document.created = attributes.created();
  document.modified = attributes.modified();
  ByteReader in(content);
  for (std::size_t item = 0; !in.left().empty() && in.ok();) {
    const SecretBuffer folder = utf8_of_utf16_be(in.counted());
    const std::uint32_t entries = in.u32();
    for (std::uint32_t i = 0; i < entries && in.ok(); ++i, ++item) {
      const SecretBuffer name = utf8_of_utf16_be(in.counted());
      const std::uint32_t type = in.u32();
      // KWallet does not write what it does not know, but reads it as a type without a value.
      if (type < type_password || type > type_map) {
        document.damages.push_back({item, "entry", "is of an unknown type"});
        continue;
      }
      const ByteView value = in.counted();
      if (in.ok())
        read_entry({document, item}, {base::text_of(folder), base::text_of(name), type, value},
                   attributes);
    }
  }
  if (!in.ok()) document.damages.push_back({std::nullopt, "end of the wallet", "cannot be read"});
  return document;
}

}  // namespace

base::Result<Document> read_kwallet(ByteView file, const WalletCompanions& beside,
                                    ByteView password) {
  const auto outline = read_outline(file);
  if (!outline) return base::fail(outline.error());
  if (outline->salted && beside.salt.empty())
    return base::fail(Code::invalid, "the wallet's salt is needed too: the .salt file beside it");
  const SecretBuffer salted_key =
      outline->salted ? key_by_pbkdf2(password, beside.salt) : SecretBuffer{};
  for (const KWalletDialect dialect : {KWalletDialect::frameworks, KWalletDialect::kde4}) {
    SecretBuffer plaintext = secret_of(outline->ciphertext);
    kwallet_decrypt(outline->salted ? salted_key : key_by_sha1(password, dialect), dialect,
                    outline->cbc, plaintext);
    if (const auto content = checked_content(plaintext, dialect))
      return read_content(*content, beside.attributes);
  }
  return base::fail(Code::wrong_password, "the password is wrong, or the wallet is damaged");
}

}  // namespace formats
