#include "formats/libsecret_file.h"

#include "tests/unit/formats/known_files.h"

namespace formats {
namespace {

using base::bytes_of;
using base::Code;

TEST(LibsecretFile, ReadsWhatLibsecretWrote) {
  const auto document =
      read_libsecret_file(known_file("libsecret.keyring"), keys_of(bytes_of(password)));
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->damages.empty());
  EXPECT_GT(document->modified, 1'600'000'000u);
  ASSERT_EQ(document->records.size(), 5u);
  const Record& mail = labelled(*document, "Mail");
  EXPECT_EQ(secret_text(mail), "swordfish");
  EXPECT_EQ(mail.attributes.at("server"), "mail.example");
  EXPECT_GT(mail.created, 1'600'000'000u);
  EXPECT_EQ(secret_text(labelled(*document, "Two lines")), "line one\nline two\n");
  EXPECT_EQ(secret_text(labelled(*document, "Café")), "pâss wörd €");
  EXPECT_EQ(labelled(*document, "Café").attributes.at("user"), "renée");
  EXPECT_EQ(secret_text(labelled(*document, "Empty")), "");
  const Record& large = labelled(*document, "Longer than 255 bytes");
  EXPECT_EQ(secret_text(large), std::string(300, 'x'));
  EXPECT_EQ(large.attributes.at("note"), std::string(280, 'y'));
}

TEST(LibsecretFile, ReadsWhatOo7Wrote) {
  const auto document = read_libsecret_file(known_file("oo7.keyring"), keys_of(bytes_of(password)));
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->damages.empty());
  EXPECT_EQ(document->records.size(), stored_by_clients().size());
  expect_stored_by_clients(*document, 1'795'272'130, 1'795'272'150);
}

TEST(LibsecretFile, ReadsBackWhatItWrote) {
  const Document document = varied_document();
  const SecretBuffer file = write_libsecret_file(document, bytes_of(password), counting_bytes());
  const auto again = read_libsecret_file(file, keys_of(bytes_of(password)));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->damages.empty());
  EXPECT_EQ(again->modified, document.modified);
  ASSERT_EQ(again->records.size(), document.records.size());
  for (std::size_t i = 0; i < document.records.size(); ++i)
    expect_same(again->records[i], document.records[i]);
}

TEST(LibsecretFile, WritesContentTypesWhereOo7KeepsThemForOo7Alone) {
  Document document;
  for (const char* type : {"text/plain", "application/octet-stream", "application/json"})
    document.records.push_back({type, {{"user", "jo"}}, 1, 2, type, secret_of("x")});
  const auto size_for = [&](LibsecretReader reader) {
    return write_libsecret_file(document, bytes_of(password), counting_bytes(), reader).size();
  };
  EXPECT_LT(size_for(LibsecretReader::libsecret), size_for(LibsecretReader::oo7));
  const SecretBuffer file =
      write_libsecret_file(document, bytes_of(password), counting_bytes(), LibsecretReader::oo7);
  const auto again = read_libsecret_file(file, keys_of(bytes_of(password)));
  ASSERT_TRUE(again);
  ASSERT_EQ(again->records.size(), 3u);
  for (const Record& record : again->records) {
    EXPECT_EQ(record.content_type, record.label);
    EXPECT_EQ(record.attributes, (Attributes{{"user", "jo"}}));
  }
}

TEST(LibsecretFile, AFileWithoutItemsOpensWithAnyPassword) {
  const SecretBuffer file = write_libsecret_file({}, bytes_of(password), counting_bytes());
  const auto document = read_libsecret_file(file, keys_of(bytes_of("another")));
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->records.empty());
}

TEST(LibsecretFile, RefusesAWrongPassword) {
  const auto document =
      read_libsecret_file(known_file("libsecret.keyring"), keys_of(bytes_of("wrong")));
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, Code::wrong_password);
}

// The file is nothing but framing and authenticated bytes, so that no truncation passes for whole.
TEST(LibsecretFile, SurvivesEveryTruncation) {
  each_truncation(known_file("libsecret.keyring"), [](const base::Bytes& cut) {
    EXPECT_FALSE(read_libsecret_file(cut, keys_of(bytes_of(password)), {100'000}));
  });
}

TEST(LibsecretFile, LosesOnlyTheItemThatWasAltered) {
  const base::Bytes file = known_file("libsecret.keyring");
  const std::size_t items_at = 18 + 4 + 32 + 4 + 8 + 4 + 8;
  for (std::size_t at = items_at; at < file.size(); at += 7) {
    base::Bytes altered = file;
    altered[at] ^= std::byte{0x11};
    const auto document = read_libsecret_file(altered, keys_of(bytes_of(password)), {100'000});
    if (!document) continue;
    EXPECT_GE(document->records.size() + document->damages.size(), 5u);
    EXPECT_GE(document->records.size(), 3u);
  }
}

TEST(LibsecretFile, RefusesHostileHashing) {
  base::Bytes file = known_file("libsecret.keyring");
  const std::size_t rounds_at = 18 + 4 + 32;
  file[rounds_at + 3] = std::byte{0xff};
  auto document = read_libsecret_file(file, keys_of(bytes_of(password)));
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, Code::limits_exceeded);
  for (std::size_t i = 0; i < 4; ++i) file[rounds_at + i] = std::byte{0};
  document = read_libsecret_file(file, keys_of(bytes_of(password)));
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, Code::damaged);
}

}  // namespace
}  // namespace formats
