#include "formats/kwallet.h"

#include "formats/json_text.h"
#include "formats/utf16.h"
#include "tests/unit/formats/known_files.h"

namespace formats {
namespace {

using base::bytes_of;
using base::Code;

base::Result<Document> read_known(base::ByteView file) {
  return read_kwallet(file, known_file("kdewallet.salt"), bytes_of(password));
}

TEST(KWallet, ReadsWhatKWalletWrote) {
  const auto document = read_known(known_file("kdewallet.kwl"));
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->damages.empty());
  ASSERT_EQ(document->records.size(), 5u);

  const Record& mail = labelled(*document, "mail");
  EXPECT_EQ(secret_text(mail), "swordfish");
  EXPECT_EQ(mail.attributes,
            (Attributes{{"server", "Passwords"}, {"type", "plaintext"}, {"user", "mail"}}));
  EXPECT_EQ(mail.content_type, "text/plain");
  EXPECT_EQ(secret_text(labelled(*document, "café 🔑")), "pâss wörd € 🔑");
  EXPECT_EQ(secret_text(labelled(*document, "empty")), "");

  const Record& form = labelled(*document, "https://example.org/#login");
  EXPECT_EQ(form.attributes.at("type"), "map");
  EXPECT_EQ(form.attributes.at("server"), "Form Data");
  EXPECT_EQ(secret_text(form), R"({"password":"a \"quoted\"\\ one\n","user":"jo"})");

  const Record& binary = labelled(*document, "binary");
  EXPECT_EQ(binary.attributes.at("type"), "base64");
  EXPECT_EQ(binary.secret.size(), 256u);
  EXPECT_EQ(binary.content_type, "application/octet-stream");
}

// The ciphertext of a wallet of KDE 4 (version 0.0), a test vector of John the Ripper.
TEST(KWallet, OpensAWalletOfKde4) {
  constexpr std::string_view hexadecimal =
      "25be8c9cdaa53f5404d7809ff48a37752b325c8ccd296fbd537440dfcef9d66f72940e97141d21702b325c8ccd29"
      "6f"
      "bd537440dfcef9d66fcd953cf1e41904b0c494ad1e718760e74c4487cc1449233d85525e7974da221774010bb958"
      "2b"
      "1d68b55ea9288f53a2be6bd15b93a5e1b33d";
  std::string file("KWALLET\n\r\0\r\n\0\0\0\0\0\0\0\0", 20);
  for (std::size_t i = 0; i < hexadecimal.size(); i += 2)
    file += static_cast<char>(std::stoi(std::string(hexadecimal.substr(i, 2)), nullptr, 16));
  const auto document = read_kwallet(bytes_of(file), {}, bytes_of("openwall"));
  ASSERT_TRUE(document);
  ASSERT_EQ(document->records.size(), 1u);
  EXPECT_EQ(document->records[0].attributes,
            (Attributes{{"server", "openwall"}, {"type", "plaintext"}, {"user", "openwall"}}));
  EXPECT_EQ(secret_text(document->records[0]), "openwall");
  EXPECT_TRUE(document->damages.empty());
  EXPECT_FALSE(read_kwallet(bytes_of(file), {}, bytes_of("openwalk")));
}

TEST(KWallet, RefusesAWrongPasswordOrSalt) {
  const base::Bytes file = known_file("kdewallet.kwl");
  base::Bytes salt = known_file("kdewallet.salt");
  const auto wrong_password = read_kwallet(file, salt, bytes_of("wrong"));
  ASSERT_FALSE(wrong_password);
  EXPECT_EQ(wrong_password.error().code, Code::wrong_password);
  const auto no_salt = read_kwallet(file, {}, bytes_of(password));
  ASSERT_FALSE(no_salt);
  EXPECT_EQ(no_salt.error().code, Code::invalid);
  salt[0] ^= std::byte{1};
  EXPECT_FALSE(read_kwallet(file, salt, bytes_of(password)));
}

TEST(KWallet, RefusesWhatItCannotRead) {
  const auto code_with = [](std::size_t at, int value) {
    base::Bytes file = known_file("kdewallet.kwl");
    file[at] = static_cast<std::byte>(value);
    const auto document = read_known(file);
    return document ? Code{} : document.error().code;
  };
  EXPECT_EQ(code_with(0, 'k'), Code::not_supported);
  EXPECT_EQ(code_with(12, 1), Code::not_supported);  // major version
  EXPECT_EQ(code_with(13, 2), Code::not_supported);  // minor version
  EXPECT_EQ(code_with(14, 2), Code::not_supported);  // GPG
  EXPECT_EQ(code_with(14, 1), Code::not_supported);  // 3DES
  EXPECT_EQ(code_with(15, 1), Code::not_supported);  // MD5
  EXPECT_EQ(code_with(16, 0xff), Code::damaged);     // folders
  EXPECT_EQ(code_with(36, 0xff), Code::damaged);     // entries of the first
}

TEST(KWallet, RefusesEveryTruncation) {
  const base::Bytes file = known_file("kdewallet.kwl");
  for (std::size_t size = 0; size < file.size(); size += size < 300 ? 1 : 97)
    EXPECT_FALSE(read_known(base::ByteView(file).first(size))) << size;
}

TEST(KWallet, RefusesAlteredCiphertext) {
  const base::Bytes file = known_file("kdewallet.kwl");
  // The first block is noise; in CBC mode altering it alters the second, which has the size.
  for (std::size_t at = file.size() - 1; at > 400; at -= 61) {
    base::Bytes altered = file;
    altered[at] ^= std::byte{1};
    EXPECT_FALSE(read_known(altered));
  }
}

std::string utf8(std::string_view units) {
  return std::string(base::text_of(utf8_of_utf16_be(bytes_of(units))));
}

TEST(Utf16, BecomesUtf8) {
  EXPECT_EQ(utf8({"\0a\0\xe9\x20\xac\xd8\x3d\xdd\x11", 10}), "aé€🔑");
  EXPECT_EQ(utf8({"\0a\0", 3}), "a\xef\xbf\xbd");  // half a unit
  EXPECT_EQ(utf8({"\xd8\x3d\0a", 4}),
            "\xef\xbf\xbd"
            "a");                                                        // a high one alone
  EXPECT_EQ(utf8({"\xdd\x11\xd8\x3d", 4}), "\xef\xbf\xbd\xef\xbf\xbd");  // the wrong way round
}

TEST(JsonText, EscapesWhatItMust) {
  SecretBuffer out;
  append_json_string(out, {"\"\\/\n\x01\0é", 8});
  EXPECT_EQ(base::text_of(out), "\"\\\"\\\\/\\n\\u0001\\u0000é\"");
}

}  // namespace
}  // namespace formats
