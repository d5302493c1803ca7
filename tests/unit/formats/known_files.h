// The files of fixtures/, what they hold, and ways to harm a file.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "formats/record.h"

namespace formats {

inline constexpr std::string_view password = "correct horse";

inline base::Bytes known_file(const std::string& name) {
  std::ifstream file(COFFER_SOURCE_DIR "/tests/unit/formats/fixtures/" + name, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_FALSE(text.empty()) << name;
  return base::copy_of(base::bytes_of(text));
}

inline std::string secret_text(const Record& record) {
  return std::string(base::text_of(record.secret));
}

inline const Record& labelled(const Document& document, std::string_view label) {
  for (const Record& record : document.records)
    if (record.label == label) return record;
  ADD_FAILURE() << "no record is labelled " << label;
  static const Record none;
  return none;
}

// Bytes that are the same each time, for writers that ask for unpredictable ones.
inline Random counting_bytes() {
  return [next = 0](base::MutableBytes bytes) mutable {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(next++);
  };
}

inline void expect_same(const Record& one, const Record& other) {
  EXPECT_EQ(one.label, other.label);
  EXPECT_EQ(one.attributes, other.attributes);
  EXPECT_EQ(one.created, other.created);
  EXPECT_EQ(one.modified, other.modified);
  EXPECT_EQ(one.content_type, other.content_type);
  EXPECT_TRUE(one.secret == other.secret);
}

// What clients of the Secret Service stored in oo7.keyring and kwallet.kwl (FEW in
// tests/interop/foreign_keyrings.py). Without times.
inline std::vector<Record> stored_by_clients() {
  std::string bytes(16, '\0');
  bytes.append(16, '\xff');
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  const char *text = "text/plain", *data = "application/octet-stream";
  return {
      {"Mail", {{"user", "jo"}, {"server", "mail.example"}}, 0, 0, text, secret_of("swordfish")},
      {"Café 🔑",
       {{"user", "renée"}, {"ключ", "значение 🔑"}},
       0,
       0,
       text,
       secret_of("pâss wörd € 🔑")},
      {"Empty", {{"user", "nobody"}}, 0, 0, text, {}},
      {"Two lines", {{"user", "lines"}}, 0, 0, text, secret_of("line one\nC:\\line two\n")},
      {"Bytes", {{"user", "bytes"}}, 0, 0, data, secret_of(bytes)},
      {"Text called bytes", {{"user", "called"}}, 0, 0, data, secret_of("only ASCII")},
      {"Empty bytes", {{"user", "empty bytes"}}, 0, 0, data, {}},
      {"Odd names",
       {{" a b ", "  c\td\n"},
        {"back\\slash", "\"quoted\""},
        {"empty", ""},
        {"$fdo_created", "1"},
        {"attributes", "x"},
        {"{}", "[]"},
        {"xdg:schema", "org.example.Own"}},
       0,
       0,
       text,
       secret_of("odd")},
      {"No attributes", {}, 0, 0, text, secret_of("x")},
      {"Folder/inner/most", {{"path", "a/b"}}, 0, 0, text, secret_of("in a folder")},
      {"The same", {{"number", "one"}}, 0, 0, text, secret_of("first")},
      {"The same", {{"number", "two"}}, 0, 0, text, secret_of("second")},
  };
}

// The record of `document` with that label and those attributes.
inline const Record& alike(const Document& document, const Record& wanted) {
  for (const Record& record : document.records)
    if (record.label == wanted.label && record.attributes == wanted.attributes) return record;
  ADD_FAILURE() << "no record is labelled " << wanted.label << " and has its attributes";
  static const Record none;
  return none;
}

// Every item of the clients, in a document that was written in these seconds since 1970.
inline void expect_stored_by_clients(const Document& document, std::uint64_t from,
                                     std::uint64_t to) {
  for (Record& wanted : stored_by_clients()) {
    const Record& read = alike(document, wanted);
    EXPECT_TRUE(from <= read.created && read.created <= to) << read.created;
    EXPECT_TRUE(from <= read.modified && read.modified <= to) << read.modified;
    wanted.created = read.created;
    wanted.modified = read.modified;
    expect_same(read, wanted);
  }
}

// A document with every kind of thing in it.
inline Document varied_document() {
  Document document;
  document.label = "Späne";
  document.created = 1000;
  document.modified = 2000;
  const std::string all_bytes("\0\x01\xff\x80 and text", 13);
  document.records = {
      {"Mail",
       {{"user", "jo"},
        {"server", "mail.example"},
        {"xdg:schema", "org.freedesktop.Secret.Generic"}},
       1700000000,
       1700000001,
       "text/plain",
       secret_of("swordfish")},
      {"", {{"xdg:schema", "org.gnome.keyring.Note"}}, 0, 0, "text/plain", {}},
      {"binary",
       {{"empty", ""}, {"café", "\xe2\x82\xac\n"}, {"xdg:schema", "org.example.Own"}},
       5'000'000'000,
       6'000'000'000,
       "application/octet-stream",
       secret_of(all_bytes)},
      {std::string(300, 'l'),
       {{std::string(70'000, 'n'), std::string(300, 'v')},
        {"xdg:schema", "org.freedesktop.Secret.Generic"}},
       1,
       2,
       "text/plain",
       secret_of(std::string(5000, 's'))},
  };
  return document;
}

// Calls `use` with every truncation of the file.
template <class Use>
void each_truncation(const base::Bytes& file, Use use) {
  for (std::size_t size = 0; size < file.size(); ++size)
    use(base::Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
}

// Calls `use` with every file that differs in one byte: one bit, the highest, or all of them.
template <class Use>
void each_altered_byte(const base::Bytes& file, Use use) {
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const int bits : {0x01, 0x80, 0xff}) {
      base::Bytes altered = file;
      altered[at] ^= static_cast<std::byte>(bits);
      use(altered, at);
    }
  }
}

}  // namespace formats
