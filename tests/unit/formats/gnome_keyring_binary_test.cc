#include "formats/gnome_keyring_binary.h"

#include <gmock/gmock.h>

#include "tests/unit/formats/known_files.h"

namespace formats {
namespace {

using base::bytes_of;
using base::Code;

constexpr Limits cheap{5000};

base::Result<Document> read_cheaply(base::ByteView file) {
  return read_gnome_keyring_binary(file, keys_of(bytes_of(password)), cheap);
}

void put_u32(base::Bytes& file, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

// Where the fields of the known file lie, whose label is "Login".
constexpr std::size_t label_at = 20;
constexpr std::size_t rounds_at = label_at + 4 + 5 + 16 + 8;
constexpr std::size_t count_at = rounds_at + 4 + 8 + 16;

// The ciphertext is the file's end, behind its length.
std::size_t ciphertext_size(const base::Bytes& file) {
  for (std::size_t size = 16; size + 4 <= file.size(); size += 16) {
    std::size_t told = 0;
    for (std::size_t i = 0; i < 4; ++i)
      told = told << 8 | std::to_integer<std::size_t>(file[file.size() - size - 4 + i]);
    if (told == size) return size;
  }
  return 0;
}

TEST(GnomeKeyringBinary, ReadsWhatGnomeKeyringWrote) {
  const auto document = read_cheaply(known_file("encrypted.keyring"));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->label, "Login");
  EXPECT_GT(document->created, 1'600'000'000u);
  EXPECT_TRUE(document->damages.empty());
  ASSERT_EQ(document->records.size(), 9u);

  const Record& mail = labelled(*document, "Mail");
  EXPECT_EQ(secret_text(mail), "swordfish");
  EXPECT_EQ(mail.attributes, (Attributes{{"user", "jo"},
                                         {"server", "mail.example"},
                                         {"xdg:schema", "org.freedesktop.Secret.Generic"}}));
  EXPECT_GT(mail.created, 1'600'000'000u);
  EXPECT_EQ(mail.content_type, "text/plain");

  EXPECT_EQ(secret_text(labelled(*document, "Two lines")), "line one\nline two\n");
  EXPECT_EQ(secret_text(labelled(*document, "Café")), "pâss wörd €");
  EXPECT_EQ(secret_text(labelled(*document, "Empty")), "");
  EXPECT_EQ(labelled(*document, "Binary").secret.size(), 256u);
  EXPECT_EQ(labelled(*document, "Binary").content_type, "application/octet-stream");
  EXPECT_EQ(labelled(*document, "Note").attributes.at("xdg:schema"), "org.gnome.keyring.Note");
  EXPECT_EQ(labelled(*document, " Spaces and\nlines ").attributes.at("a b"), "  c\td\n");
  EXPECT_EQ(labelled(*document, "Backslashes \\ in label").attributes.at("path"), "C:\\dir");
}

TEST(GnomeKeyringBinary, ReadsBackWhatItWrote) {
  const Document document = varied_document();
  const auto file = write_gnome_keyring_binary(document, bytes_of(password), counting_bytes());
  ASSERT_TRUE(file);
  const auto again = read_cheaply(*file);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->label, document.label);
  EXPECT_EQ(again->created, document.created);
  EXPECT_EQ(again->modified, document.modified);
  EXPECT_TRUE(again->damages.empty());
  ASSERT_EQ(again->records.size(), document.records.size());
  for (std::size_t i = 0; i < document.records.size(); ++i)
    expect_same(again->records[i], document.records[i]);
}

TEST(GnomeKeyringBinary, WritesNoSecretInTheClear) {
  const auto file =
      write_gnome_keyring_binary(varied_document(), bytes_of(password), counting_bytes());
  ASSERT_TRUE(file);
  for (const char* hidden : {"swordfish", "mail.example", "Mail", "ssssss"})
    EXPECT_EQ(base::text_of(*file).find(hidden), std::string_view::npos) << hidden;
}

TEST(GnomeKeyringBinary, TellsAWrongPasswordFromDamage) {
  const base::Bytes file = known_file("encrypted.keyring");
  for (const char* wrong : {"", "correct hors", "correct horse "}) {
    const auto document = read_gnome_keyring_binary(file, keys_of(bytes_of(wrong)), cheap);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code, Code::wrong_password);
  }
}

TEST(GnomeKeyringBinary, AnEmptyKeyringAlsoKnowsItsPassword) {
  const auto file = write_gnome_keyring_binary({}, bytes_of(password), counting_bytes());
  ASSERT_TRUE(file);
  EXPECT_TRUE(read_cheaply(*file));
  const auto wrong = read_gnome_keyring_binary(*file, keys_of(bytes_of("wrong")));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::wrong_password);
}

TEST(GnomeKeyringBinary, ReadsTheItemsInFrontOfACut) {
  const base::Bytes file = known_file("encrypted.keyring");
  std::size_t most = 0;
  each_truncation(file, [&](const base::Bytes& cut) {
    const auto document = read_cheaply(cut);
    if (!document) {
      // Within the first item a cut looks like a wrong password; the words tell of both.
      if (document.error().code == Code::wrong_password) {
        EXPECT_THAT(document.error().what, testing::HasSubstr("cut off"));
      }
      EXPECT_EQ(most, 0u) << "a longer file gave less";
      return;
    }
    EXPECT_FALSE(document->damages.empty());
    EXPECT_GE(document->records.size(), most);
    most = document->records.size();
  });
  EXPECT_GE(most, 8u);
}

TEST(GnomeKeyringBinary, SurvivesEveryAlteredByte) {
  each_altered_byte(known_file("encrypted.keyring"), [&](const base::Bytes& altered, std::size_t) {
    const auto document = read_cheaply(altered);
    EXPECT_LE(document ? document->records.size() : 0, 9u);
  });
}

// Altering a block of CBC ciphertext alters two of plaintext, and an item has more than two.
TEST(GnomeKeyringBinary, LosesAtMostTwoItemsToAnAlteredBlock) {
  const base::Bytes file = known_file("encrypted.keyring");
  const std::size_t ciphertext_at = file.size() - ciphertext_size(file);
  each_altered_byte(file, [&](const base::Bytes& altered, std::size_t at) {
    if (at < ciphertext_at) return;
    const auto document = read_cheaply(altered);
    ASSERT_TRUE(document) << at;
    EXPECT_FALSE(document->damages.empty());
    EXPECT_GE(document->records.size(), 7u) << at;
  });
}

TEST(GnomeKeyringBinary, RefusesHostileCounts) {
  const base::Bytes file = known_file("encrypted.keyring");
  for (const std::size_t at : {label_at, count_at, count_at + 12, count_at + 16}) {
    for (const std::uint32_t value : {0x7fffffffu, 0x80000000u, 0xfffffffeu}) {
      base::Bytes hostile = file;
      put_u32(hostile, at, value);
      const auto document = read_cheaply(hostile);
      ASSERT_FALSE(document) << at;
      EXPECT_EQ(document.error().code, Code::damaged);
    }
  }
}

TEST(GnomeKeyringBinary, RefusesTooMuchHashing) {
  base::Bytes file = known_file("encrypted.keyring");
  put_u32(file, rounds_at, 10'000'001);
  const auto costly = read_gnome_keyring_binary(file, keys_of(bytes_of(password)));
  ASSERT_FALSE(costly);
  EXPECT_EQ(costly.error().code, Code::limits_exceeded);
  put_u32(file, rounds_at, 0);
  const auto none = read_gnome_keyring_binary(file, keys_of(bytes_of(password)));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::damaged);
}

TEST(GnomeKeyringBinary, RefusesOtherFormatsAndVersions) {
  base::Bytes file = known_file("encrypted.keyring");
  for (const char* other : {"", "GnomeKeyring", "[keyring]\n"})
    EXPECT_FALSE(read_cheaply(bytes_of(other)));
  for (std::size_t at = 16; at < 20; ++at) {
    base::Bytes newer = file;
    newer[at] = std::byte{1};
    const auto document = read_cheaply(newer);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code, Code::not_supported);
  }
}

}  // namespace
}  // namespace formats
