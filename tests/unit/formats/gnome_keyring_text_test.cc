#include "formats/gnome_keyring_text.h"

#include "tests/unit/formats/known_files.h"

namespace formats {
namespace {

Document read_text(const std::string& text) {
  auto document = read_gnome_keyring_text(base::bytes_of(text));
  EXPECT_TRUE(document);
  return document ? std::move(*document) : Document{};
}

TEST(GnomeKeyringText, ReadsWhatGnomeKeyringWroteAndCannotReadItself) {
  const auto document = read_gnome_keyring_text(known_file("plain.keyring"));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->label, "plain");
  EXPECT_GT(document->created, 1'600'000'000u);
  EXPECT_TRUE(document->damages.empty());
  ASSERT_EQ(document->records.size(), 9u);
  EXPECT_EQ(secret_text(labelled(*document, "Mail")), "swordfish");
  EXPECT_EQ(labelled(*document, "Mail").attributes.at("server"), "mail.example");
  EXPECT_EQ(secret_text(labelled(*document, "Two lines")), "line one\nline two\n");
  EXPECT_EQ(secret_text(labelled(*document, "Backslashes \\ in label")), "C:\\new\\table");
  EXPECT_EQ(labelled(*document, "Backslashes \\ in label").attributes.at("kind"), "back\\slash");
  EXPECT_EQ(secret_text(labelled(*document, " Spaces and\nlines ")), "  kept as it is ");
  EXPECT_EQ(labelled(*document, " Spaces and\nlines ").attributes.at("a b"), "  c\td\n");
  EXPECT_EQ(labelled(*document, "Binary").secret.size(), 256u);
  EXPECT_EQ(labelled(*document, "Binary").content_type, "application/octet-stream");
  EXPECT_EQ(labelled(*document, "Note").attributes.at("xdg:schema"), "org.gnome.keyring.Note");
  EXPECT_EQ(labelled(*document, "Empty").secret.size(), 0u);
}

// The same items, put into the same daemon, whichever way it stores them.
TEST(GnomeKeyringText, KeepsSecretsThatLookLikeKeysAndGroups) {
  const std::string secret =
      "\n[section]\nkey=value\n# note\n[1:other]\nmtime=1\nsecret=2\n\n-----END-----\n";
  const Document document =
      read_text("[keyring]\ndisplay-name=k\n\n[1]\nitem-type=0\ndisplay-name=l\nsecret=" + secret +
                "\nmtime=20\nctime=10\n\n[1:attribute0]\nname=a\ntype=string\nvalue=b\n");
  ASSERT_EQ(document.records.size(), 1u);
  EXPECT_EQ(secret_text(document.records[0]), secret);
  EXPECT_EQ(document.records[0].modified, 20u);
  EXPECT_EQ(document.records[0].created, 10u);
  EXPECT_EQ(document.records[0].attributes.at("a"), "b");
}

TEST(GnomeKeyringText, ReadsAnItemThatEndsWithItsSecret) {
  const Document document =
      read_text("[keyring]\n[1]\ndisplay-name=l\nctime=1\nsecret=one\ntwo\n\n[2]\nsecret=three");
  ASSERT_EQ(document.records.size(), 2u);
  EXPECT_EQ(secret_text(document.records[0]), "one\ntwo");
  EXPECT_EQ(document.records[0].created, 1u);
  EXPECT_EQ(secret_text(document.records[1]), "three");
}

TEST(GnomeKeyringText, SkipsOnlyTheAttributeWhoseNumberIsBad) {
  const Document document = read_text(
      "[keyring]\n[1]\nsecret=x\nmtime=never\n[1:attribute0]\nname=port\ntype=uint32\nvalue=80x\n"
      "[1:attribute1]\nname=size\ntype=uint32\nvalue=4294967296\n"
      "[1:attribute2]\nname=good\ntype=uint32\nvalue=80\n"
      "[1:attribute3]\ntype=string\nvalue=nameless\n[1:acl0]\nread-access=true\n");
  ASSERT_EQ(document.records.size(), 1u);
  EXPECT_EQ(document.records[0].attributes,
            (Attributes{{"good", "80"}, {"xdg:schema", "org.freedesktop.Secret.Generic"}}));
  EXPECT_EQ(document.damages.size(), 4u);
}

TEST(GnomeKeyringText, LosesNothingElseToABadLineOrSecret) {
  const Document document = read_text(
      "# by hand\n[keyring]\nnonsense\n\n[1]\nnonsense\ndisplay-name=l\\q\\\nbinary-secret=0G\n\n"
      "[2]\nitem-type=1\nbinary-secret=00fF\n[9:attribute0]\nname=a\nvalue=b\n");
  ASSERT_EQ(document.records.size(), 2u);
  EXPECT_EQ(document.records[0].label, "l\\q\\");
  EXPECT_EQ(base::text_of(document.records[1].secret), std::string_view("\0\xff", 2));
  EXPECT_EQ(document.records[1].attributes.at("xdg:schema"), "org.gnome.keyring.NetworkPassword");
  EXPECT_EQ(document.damages.size(), 2u);
}

TEST(GnomeKeyringText, SurvivesTruncationsAndAlteredBytes) {
  const base::Bytes file = known_file("plain.keyring");
  each_truncation(file, [](const base::Bytes& cut) { (void)read_gnome_keyring_text(cut); });
  each_altered_byte(file, [](const base::Bytes& altered, std::size_t at) {
    const auto document = read_gnome_keyring_text(altered);
    if (at < std::string_view("[keyring]").size()) return;
    ASSERT_TRUE(document);
    EXPECT_GE(document->records.size(), 8u);
    for (const Record& record : document->records) EXPECT_TRUE(base::is_utf8(record.label));
  });
}

TEST(GnomeKeyringText, RefusesOtherFormats) {
  for (const char* other : {"", "keyring", "[1]\nsecret=x\n"})
    EXPECT_FALSE(read_gnome_keyring_text(base::bytes_of(other)));
}

}  // namespace
}  // namespace formats
