#include "formats/libsecret_file.h"

#include "formats/crypto.h"
#include "formats/detect.h"
#include "formats/gvariant.h"
#include "formats/text.h"

namespace formats {
namespace {

using base::ByteView;
using base::Code;

constexpr std::string_view version{"\x01\x00", 2};
constexpr const char* content_type_attribute = "xdg:content-type";  // oo7's, on every item
constexpr std::size_t salt_size = 32;
constexpr std::uint32_t rounds_written = 100'000;  // what libsecret itself uses
constexpr gvariant::Layout items_layout{1, 0};

struct File {
  ByteView salt;
  std::uint32_t rounds = 0;
  std::uint64_t modified = 0;
  gvariant::Parts items;
};

base::Result<File> read_file(ByteView bytes) {
  const std::size_t head = gnome_keyring_magic.size() + version.size();
  if (detect(bytes) != Format::libsecret_file || bytes.size() < head ||
      base::text_of(bytes.first(head)).substr(gnome_keyring_magic.size()) != version)
    return base::fail(Code::not_supported, "this is not a file of libsecret's version 1.0");
  const auto parts = gvariant::read_tuple(
      bytes.subspan(head), {gvariant::u32_layout, gvariant::bytes_layout, gvariant::u32_layout,
                            gvariant::u64_layout, gvariant::u32_layout, items_layout});
  if (!parts) return base::fail(Code::damaged, "the file's outline cannot be read");
  auto items = gvariant::read_array((*parts)[5]);
  if (!items) return base::fail(Code::damaged, "the file's list of items cannot be read");
  if (gvariant::read_number((*parts)[0]) != (*parts)[1].size())
    return base::fail(Code::damaged, "the file's salt is not as long as it says");
  return File{(*parts)[1], static_cast<std::uint32_t>(gvariant::read_number((*parts)[2])),
              gvariant::read_number((*parts)[3]), std::move(*items)};
}

// ciphertext | iv | HMAC of both. None when the HMAC does not match; then padding is taken off.
std::optional<SecretBuffer> open(ByteView blob, const AesBlock& key) {
  constexpr std::size_t mac_size = std::tuple_size_v<Sha256>;
  if (blob.size() < aes_block + aes_block + mac_size) return std::nullopt;
  const ByteView signed_part = blob.first(blob.size() - mac_size);
  if (!same_in_constant_time(hmac_sha256_of(key, signed_part), blob.last(mac_size)))
    return std::nullopt;
  const ByteView ciphertext = signed_part.first(signed_part.size() - aes_block);
  if (ciphertext.size() % aes_block != 0) return std::nullopt;
  SecretBuffer plaintext = secret_of(ciphertext);
  aes128_cbc_decrypt(key, array_of<AesBlock>(signed_part.last(aes_block)), plaintext);
  const auto padding = std::to_integer<std::size_t>(plaintext.back());
  if (padding == 0 || padding > aes_block) return std::nullopt;
  plaintext.resize(plaintext.size() - padding);
  return plaintext;
}

// Reads (a{ss}sttay). False when it is malformed.
bool read_record(ByteView plaintext, Draft draft) {
  const auto parts = gvariant::read_tuple(
      plaintext, {gvariant::bytes_layout, gvariant::bytes_layout, gvariant::u64_layout,
                  gvariant::u64_layout, gvariant::bytes_layout});
  const auto attributes = parts ? gvariant::read_array((*parts)[0]) : std::nullopt;
  const auto label = parts ? gvariant::read_string((*parts)[1]) : std::nullopt;
  if (!attributes || !label) return false;
  draft.set_label(*label);
  for (const ByteView entry : *attributes) {
    const auto pair = gvariant::read_tuple(entry, {gvariant::bytes_layout, gvariant::bytes_layout});
    const auto name = pair ? gvariant::read_string((*pair)[0]) : std::nullopt;
    const auto value = pair ? gvariant::read_string((*pair)[1]) : std::nullopt;
    if (name && value)
      draft.add_attribute(*name, *value);
    else
      draft.damage("attribute", "cannot be read");
  }
  draft.record.created = gvariant::read_number((*parts)[2]);
  draft.record.modified = gvariant::read_number((*parts)[3]);
  draft.set_secret(secret_of((*parts)[4]));
  if (const auto type = draft.record.attributes.extract(content_type_attribute))
    draft.set_content_type(type.mapped());
  draft.finish();
  return true;
}

SecretBuffer seal(SecretBuffer plaintext, const AesBlock& key, const Random& random) {
  const std::size_t padding = aes_block - plaintext.size() % aes_block;
  plaintext.resize(plaintext.size() + padding, static_cast<std::byte>(padding));
  AesBlock iv;
  random(iv);
  aes128_cbc_encrypt(key, iv, plaintext);
  plaintext.insert(plaintext.end(), iv.begin(), iv.end());
  const Sha256 mac = hmac_sha256_of(key, plaintext);
  plaintext.insert(plaintext.end(), mac.begin(), mac.end());
  return plaintext;
}

Attributes attributes_for(LibsecretReader reader, const Record& record) {
  Attributes attributes = record.attributes;
  if (reader == LibsecretReader::oo7)
    attributes.insert_or_assign(content_type_attribute, record.content_type);
  return attributes;
}

SecretBuffer write_item(const Record& record, const Attributes& kept, const AesBlock& key,
                        const Random& random) {
  std::vector<SecretBuffer> hashed;
  std::vector<SecretBuffer> attributes;
  for (const auto& [name, value] : kept) {
    const gvariant::Member name_member = gvariant::string_member(name);
    const Sha256 hash = hmac_sha256_of(key, base::bytes_of(value));
    hashed.push_back(gvariant::write_tuple({name_member, gvariant::bytes_member(hash)}));
    attributes.push_back(gvariant::write_tuple({name_member, gvariant::string_member(value)}));
  }
  SecretBuffer plaintext = gvariant::write_tuple(
      {gvariant::bytes_member(gvariant::write_array(attributes)),
       gvariant::string_member(record.label), gvariant::u64_member(record.created),
       gvariant::u64_member(record.modified), gvariant::bytes_member(record.secret)});
  return gvariant::write_tuple({gvariant::bytes_member(gvariant::write_array(hashed)),
                                gvariant::bytes_member(seal(std::move(plaintext), key, random))});
}

}  // namespace

base::Result<Document> read_libsecret_file(ByteView bytes, const Keys& keys, const Limits& limits) {
  const auto file = read_file(bytes);
  if (!file) return base::fail(file.error());
  if (file->rounds == 0) return base::fail(Code::damaged, "the file asks for no hashing");
  if (file->rounds > limits.kdf_rounds)
    return base::fail(Code::limits_exceeded, "the file asks for too many rounds of hashing");
  const auto made = keys({Kdf::pbkdf2_sha256, file->salt, file->rounds});
  if (!made) return base::fail(made.error());
  const auto key = array_of<AesBlock>(*made);

  Document document;
  document.modified = file->modified;
  bool any_authentic = false;
  for (std::size_t i = 0; i < file->items.size(); ++i) {
    const auto parts =
        gvariant::read_tuple(file->items[i], {gvariant::bytes_layout, gvariant::bytes_layout});
    const auto plaintext = parts ? open((*parts)[1], key) : std::nullopt;
    any_authentic = any_authentic || plaintext;
    if (!plaintext)
      document.damages.push_back({i, "item", "was altered or cut off"});
    else if (!read_record(*plaintext, {document, i}))
      document.damages.push_back({i, "item", "cannot be read"});
  }
  if (!file->items.empty() && !any_authentic)
    return base::fail(Code::wrong_password, "the password is wrong, or every item is damaged");
  return document;
}

SecretBuffer write_libsecret_file(const Document& document, ByteView password, const Random& random,
                                  LibsecretReader reader) {
  std::array<std::byte, salt_size> salt;
  random(salt);
  AesBlock key;
  pbkdf2_sha256(password, salt, rounds_written, key);
  std::vector<SecretBuffer> items;
  items.reserve(document.records.size());
  for (const Record& record : document.records)
    items.push_back(write_item(record, attributes_for(reader, record), key, random));

  const SecretBuffer body = gvariant::write_tuple(
      {gvariant::u32_member(salt_size), gvariant::bytes_member(salt),
       gvariant::u32_member(rounds_written), gvariant::u64_member(document.modified),
       gvariant::u32_member(static_cast<std::uint32_t>(items.size())),  // times it was saved
       gvariant::bytes_member(gvariant::write_array(items))});
  SecretBuffer file = secret_of(gnome_keyring_magic);
  for (const ByteView part : {base::bytes_of(version), ByteView(body)})
    file.insert(file.end(), part.begin(), part.end());
  return file;
}

}  // namespace formats
