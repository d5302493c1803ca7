#include "formats/detect.h"

#include "tests/unit/formats/known_files.h"

namespace formats {
namespace {

Format detect_text(std::string_view text) { return detect(base::bytes_of(text)); }

TEST(Detect, KnowsTheKnownFiles) {
  EXPECT_EQ(detect(known_file("encrypted.keyring")), Format::gnome_keyring_binary);
  EXPECT_EQ(detect(known_file("plain.keyring")), Format::gnome_keyring_text);
  EXPECT_EQ(detect(known_file("libsecret.keyring")), Format::libsecret_file);
}

TEST(Detect, KnowsTheOthersByTheirFirstBytes) {
  EXPECT_EQ(detect_text({"KWALLET\n\r\0\r\n\0\1\3\2", 16}), Format::kwallet);
  EXPECT_EQ(detect_text({"Gnome Keyring Store 2\n\r\0", 24}), Format::gnome_keyring_objects);
  EXPECT_EQ(detect_text(" \n{\"encrypted\": false}"), Format::json);
  EXPECT_EQ(detect_text("\xef\xbb\xbf\"Group\",\"Title\"\n"), Format::csv);
  EXPECT_EQ(detect_text("# written by hand\n\n[keyring]\n"), Format::gnome_keyring_text);
}

TEST(Detect, DoesNotGuess) {
  EXPECT_EQ(detect_text(""), Format::unknown);
  EXPECT_EQ(detect_text(" \n"), Format::unknown);
  EXPECT_EQ(detect_text("a line\nand,another"), Format::unknown);
  EXPECT_EQ(detect_text("\xff\xfe,\n"), Format::unknown);
  EXPECT_EQ(detect_text(gnome_keyring_magic), Format::unknown);
  EXPECT_EQ(detect_text({"GnomeKeyring\n\r\0\n\2", 17}), Format::unknown);
}

}  // namespace
}  // namespace formats
