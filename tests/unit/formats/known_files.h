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
