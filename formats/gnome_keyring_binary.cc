#include "formats/gnome_keyring_binary.h"

#include <algorithm>

#include "formats/byte_reader.h"
#include "formats/byte_writer.h"
#include "formats/crypto.h"
#include "formats/detect.h"
#include "formats/gnome_keyring_schema.h"
#include "formats/text.h"

namespace formats {
namespace {

using base::ByteView;
using base::Code;

constexpr std::size_t salt_size = 8;
constexpr std::size_t longest = 0x7ffffffe;     // of a string; gnome-keyring refuses more
constexpr std::uint32_t rounds_written = 4095;  // the most gnome-keyring itself uses
enum Kind : std::uint32_t { kind_string = 0, kind_uint32 = 1 };

std::string hexadecimal(const Md5& digest) {
  std::string digits;
  for (const std::byte byte : digest)
    for (const int nibble : {std::to_integer<int>(byte) >> 4, std::to_integer<int>(byte) & 15})
      digits += "0123456789abcdef"[nibble];
  return digits;
}

struct KeyAndIv {
  AesBlock key;
  AesBlock iv;
};

base::Result<KeyAndIv> derive(const Keys& keys, ByteView salt, std::uint32_t rounds) {
  const auto made = keys({Kdf::iterated_sha256, salt, rounds});
  if (!made) return base::fail(made.error());
  const ByteView view(*made);
  return KeyAndIv{array_of<AesBlock>(view.first(aes_block)),
                  array_of<AesBlock>(view.last(aes_block))};
}

// What the index in the clear says of an item's attribute.
struct IndexedAttribute {
  std::string_view name;
  std::string_view digest;  // the value's MD5 in hexadecimal; of numbers, which have another, empty
};

struct IndexEntry {
  std::uint32_t type = 0;
  std::vector<IndexedAttribute> attributes;  // in the item's order
};

struct Header {
  std::string_view label;
  std::uint64_t times[2] = {};
  std::uint32_t rounds = 0;
  ByteView salt;
  std::vector<IndexEntry> index;
  ByteView ciphertext;  // whole blocks
  bool cut = false;     // there should have been more of it
};

IndexEntry read_index_entry(ByteReader& in) {
  IndexEntry entry;
  in.u32();  // the item's number, which is its name on D-Bus and nothing else
  entry.type = in.u32();
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    IndexedAttribute attribute;
    attribute.name = base::text_of(in.counted());
    switch (in.u32()) {
      case kind_string:
        attribute.digest = base::text_of(in.counted());
        break;
      case kind_uint32:
        in.u32();
        break;
      default:
        in.refuse();
    }
    entry.attributes.push_back(attribute);
  }
  return entry;
}

base::Result<Header> read_header(ByteView file) {
  ByteReader in(file);
  if (base::text_of(in.take(gnome_keyring_magic.size())) != gnome_keyring_magic)
    return base::fail(Code::not_supported, "this is not a gnome-keyring file");
  if (in.u32() != 0 && in.ok())  // version 0.0, AES-128, MD5
    return base::fail(Code::not_supported, "this version of the gnome-keyring format is unknown");
  Header header;
  header.label = base::text_of(in.counted());
  for (std::uint64_t& time : header.times) time = in.u64();
  in.take(8);  // when to lock: flags and seconds
  header.rounds = in.u32();
  header.salt = in.take(salt_size);
  in.take(16);  // reserved
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) header.index.push_back(read_index_entry(in));
  const std::uint32_t size = in.u32();
  if (!in.ok()) return base::fail(Code::damaged, "the keyring's index cannot be read");
  header.cut = size > in.left().size() || size % aes_block != 0;
  const std::size_t there = std::min<std::size_t>(size, in.left().size());
  header.ciphertext = in.take(there - there % aes_block);
  return header;
}

// Reads an item's attributes. False when they are not those the index names.
bool read_attributes(ByteReader& in, const IndexEntry& entry, Draft& draft) {
  const std::uint32_t count = in.u32();
  bool as_named = count == entry.attributes.size();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::string_view name = base::text_of(in.counted());
    as_named = as_named && name == entry.attributes[i].name;
    std::string value;
    switch (in.u32()) {
      case kind_string:
        value = base::text_of(in.counted());
        break;
      case kind_uint32:
        value = std::to_string(in.u32());
        break;
      default:
        in.refuse();
    }
    if (in.ok()) draft.add_attribute(name, value);
  }
  return as_named;
}

void skip_access_list(ByteReader& in) {
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    in.u32();                                           // rights
    for (int text = 0; text < 3; ++text) in.counted();  // name, path, reserved
    in.u32();
  }
}

enum class ItemState { whole, unlike_index, unreadable };

// Appends item number `item` to the document, unless it is unreadable.
ItemState read_item(ByteReader& in, std::size_t item, const IndexEntry& entry, Document& document) {
  const std::size_t damages_before = document.damages.size();
  Draft draft{document, item};
  draft.set_label(base::text_of(in.counted()));
  draft.set_secret(secret_of(in.counted()));
  draft.record.created = in.u64();
  draft.record.modified = in.u64();
  in.counted();
  in.take(16);
  const bool as_named = read_attributes(in, entry, draft);
  skip_access_list(in);
  if (!in.ok()) {
    document.damages.resize(damages_before);
    return ItemState::unreadable;
  }
  draft.record.attributes.try_emplace(schema_attribute, schema_of_item_type(entry.type));
  draft.finish();
  return as_named ? ItemState::whole : ItemState::unlike_index;
}

// Whether `bytes` start with an item that fits the index: a search among altered bytes, which never
// looks at more than a few fields. Noise does not fit, having no plausible times.
bool looks_like_item(ByteView bytes, const IndexEntry& entry) {
  constexpr std::size_t few = 64;
  ByteReader in(bytes);
  in.counted();
  in.counted();
  const std::uint64_t created = in.u64();
  const std::uint64_t modified = in.u64();
  if (created == 0 || created >> 40 != 0 || modified >> 40 != 0) return false;
  if (!in.counted().empty()) return false;
  for (int reserved = 0; reserved < 4; ++reserved)
    if (in.u32() != 0) return false;
  if (in.u32() != entry.attributes.size() || entry.attributes.size() > few) return false;
  for (const IndexedAttribute& attribute : entry.attributes) {
    if (base::text_of(in.counted()) != attribute.name) return false;
    if (in.u32() != kind_string)
      in.u32();
    else if (hexadecimal(md5_of(in.counted())) != attribute.digest)
      return false;
  }
  return in.u32() <= few && in.ok();
}

struct Found {
  std::size_t item;
  ByteView start;
};

// The next item after number `lost`, which an altered block made unreadable, perhaps together with
// the item after it.
std::optional<Found> find_item(ByteView bytes, std::size_t lost, const Header& header) {
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (std::size_t item = lost + 1; item <= lost + 2 && item < header.index.size(); ++item)
      if (looks_like_item(bytes.subspan(at), header.index[item]))
        return Found{item, bytes.subspan(at)};
  return std::nullopt;
}

// Reads all items that can be. `checked`: the MD5 vouches for them; otherwise what does not fit the
// index is taken for noise.
void read_items(ByteView plaintext, const Header& header, bool checked, Document& document) {
  ByteReader in(plaintext);
  for (std::size_t i = 0; i < header.index.size();) {
    const ByteView start = in.left();
    ItemState state = read_item(in, i, header.index[i], document);
    if (state == ItemState::unlike_index && !checked) {
      document.records.pop_back();
      state = ItemState::unreadable;
    }
    if (state == ItemState::unlike_index)
      document.damages.push_back({i, "index", "names other attributes than the item has"});
    if (state != ItemState::unreadable) {
      ++i;
      continue;
    }
    const auto next = find_item(start.subspan(std::min<std::size_t>(1, start.size())), i, header);
    if (!next) {
      const std::size_t after = header.index.size() - i - 1;
      document.damages.push_back(
          {i, "item", "cannot be read, nor can the " + std::to_string(after) + " after it"});
      return;
    }
    for (; i < next->item; ++i) document.damages.push_back({i, "item", "cannot be read"});
    in = ByteReader(next->start);
  }
}

Document document_of(const Header& header) {
  Document document;
  document.label = repaired(header.label);
  // gnome-keyring reads (created, modified) but writes (modified, created), so that they change
  // places with each save; and it leaves what it does not know 0.
  const auto [early, late] = std::minmax(header.times[0], header.times[1]);
  document.created = early != 0 ? early : late;
  document.modified = late;
  return document;
}

}  // namespace

base::Result<Document> read_gnome_keyring_binary(ByteView file, const Keys& keys,
                                                 const Limits& limits) {
  auto header = read_header(file);
  if (!header) return base::fail(header.error());
  if (header->rounds == 0) return base::fail(Code::damaged, "the keyring asks for no hashing");
  if (header->rounds > limits.kdf_rounds)
    return base::fail(Code::limits_exceeded, "the keyring asks for too many rounds of hashing");

  const auto secret = derive(keys, header->salt, header->rounds);
  if (!secret) return base::fail(secret.error());
  SecretBuffer plaintext = secret_of(header->ciphertext);
  aes128_cbc_decrypt(secret->key, secret->iv, plaintext);

  const bool has_digest = plaintext.size() >= aes_block;
  const ByteView digest = ByteView(plaintext).first(has_digest ? aes_block : 0);
  const ByteView items = ByteView(plaintext).subspan(digest.size());
  const bool checked = has_digest && same_in_constant_time(md5_of(items), digest);

  Document document = document_of(*header);
  if (!checked)
    document.damages.push_back(
        {std::nullopt, header->cut ? "end of the file" : "checksum",
         header->cut ? "is missing" : "does not match: any item may have been altered"});
  read_items(items, *header, checked, document);
  if (checked || !document.records.empty()) return document;
  if (header->cut && items.empty())
    return base::fail(Code::damaged, "the keyring was cut off before its first item");
  return base::fail(Code::wrong_password,
                    header->cut ? "the password is wrong, or the keyring was cut off within its "
                                  "first item"
                                : "the password is wrong, or the keyring is damaged");
}

namespace {

void write_attributes(ByteWriter& out, const Attributes& attributes, bool hashed) {
  out.u32(static_cast<std::uint32_t>(attributes.size()));
  for (const auto& [name, value] : attributes) {
    out.counted(name);
    out.u32(kind_string);
    if (!hashed) {
      out.counted(value);
      continue;
    }
    out.counted(hexadecimal(md5_of(base::bytes_of(value))));
  }
}

void write_item(ByteWriter& out, const Record& record) {
  out.counted(record.label);
  out.counted(record.secret);
  out.u64(record.created);
  out.u64(record.modified);
  out.none();
  for (int reserved = 0; reserved < 4; ++reserved) out.u32(0);
  write_attributes(out, record.attributes, false);
  out.u32(0);  // no access list
}

bool fits(const Document& document) {
  std::size_t total = document.label.size();
  for (const Record& record : document.records) {
    total += record.label.size() + record.secret.size();
    for (const auto& [name, value] : record.attributes) total += name.size() + value.size();
  }
  return total <= longest / 2;
}

}  // namespace

base::Result<SecretBuffer> write_gnome_keyring_binary(const Document& document, ByteView password,
                                                      const Random& random) {
  if (!fits(document))
    return base::fail(Code::limits_exceeded, "too large for a gnome-keyring file");
  std::array<std::byte, salt_size> salt;
  random(salt);

  ByteWriter clear;
  clear.raw(base::bytes_of(gnome_keyring_magic));
  clear.u32(0);  // version 0.0, AES-128, MD5
  clear.counted(document.label);
  clear.u64(document.created);
  clear.u64(document.modified);
  clear.u64(0);  // lock neither when idle nor after a time
  clear.u32(rounds_written);
  clear.raw(salt);
  for (int reserved = 0; reserved < 4; ++reserved) clear.u32(0);
  clear.u32(static_cast<std::uint32_t>(document.records.size()));

  ByteWriter items;
  std::uint32_t number = 0;
  for (const Record& record : document.records) {
    clear.u32(++number);
    clear.u32(item_type_of(record.attributes));
    write_attributes(clear, record.attributes, true);
    write_item(items, record);
  }
  items.pad_to_multiple_of(aes_block);

  ByteWriter sealed;
  sealed.raw(md5_of(items.out()));
  sealed.raw(items.out());
  const auto secret = derive(keys_of(password), salt, rounds_written);
  if (!secret) return base::fail(secret.error());
  aes128_cbc_encrypt(secret->key, secret->iv, sealed.out());
  clear.counted(sealed.out());
  return std::move(clear.out());
}

}  // namespace formats
