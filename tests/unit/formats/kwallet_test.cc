#include "formats/kwallet.h"

#include "formats/json_text.h"
#include "formats/kwallet_attributes.h"
#include "formats/kwallet_cipher.h"
#include "formats/utf16.h"
#include "tests/unit/formats/known_files.h"

namespace formats {
namespace {

using base::bytes_of;
using base::Code;

base::Result<Document> read_known(base::ByteView file) {
  const base::Bytes salt = known_file("kdewallet.salt");
  return read_kwallet(file, {salt, {}}, bytes_of(password));
}

TEST(KWallet, ReadsWhatKWalletWrote) {
  const auto document = read_known(known_file("kdewallet.kwl"));
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->damages.empty());
  ASSERT_EQ(document->records.size(), 5u);

  const Record& mail = labelled(*document, "Passwords/mail");
  EXPECT_EQ(secret_text(mail), "swordfish");
  EXPECT_EQ(mail.attributes,
            (Attributes{{"server", "Passwords"}, {"type", "plaintext"}, {"user", "mail"}}));
  EXPECT_EQ(mail.content_type, "text/plain");
  EXPECT_EQ(secret_text(labelled(*document, "Passwords/café 🔑")), "pâss wörd € 🔑");
  EXPECT_EQ(secret_text(labelled(*document, "Passwords/empty")), "");

  const Record& form = labelled(*document, "Form Data/https://example.org/#login");
  EXPECT_EQ(form.attributes.at("type"), "map");
  EXPECT_EQ(form.attributes.at("server"), "Form Data");
  EXPECT_EQ(secret_text(form), R"({"password":"a \"quoted\"\\ one\n","user":"jo"})");

  const Record& binary = labelled(*document, "Form Data/binary");
  EXPECT_EQ(binary.attributes.at("type"), "base64");
  EXPECT_EQ(binary.secret.size(), 256u);
  EXPECT_EQ(binary.content_type, "application/octet-stream");
}

base::Result<Document> read_served(std::string_view attributes) {
  const base::Bytes salt = known_file("kwallet.salt");
  return read_kwallet(known_file("kwallet.kwl"), {salt, bytes_of(attributes)}, bytes_of(password));
}

Record entry(std::string label, std::string folder, std::string name, std::string type,
             std::string content_type, std::string_view secret) {
  return {std::move(label),
          {{"server", std::move(folder)}, {"user", std::move(name)}, {"type", std::move(type)}},
          0,
          0,
          std::move(content_type),
          secret_of(secret)};
}

// KWallet's own entries in the same wallet, which its Secret Service keeps nothing of.
std::vector<Record> own_entries() {
  const auto password_of = [](std::string folder, std::string name, std::string_view secret,
                              std::string label = {}) {
    return entry(label.empty() ? folder + "/" + name : label, folder, name, "plaintext",
                 "text/plain", secret);
  };
  const auto map = [](std::string name, std::string_view json) {
    return entry("Form Data/" + name, "Form Data", name, "map", "application/json", json);
  };
  const auto stream = [](std::string name, std::string_view bytes) {
    return entry("Network/" + name, "Network", name, "base64", "application/octet-stream", bytes);
  };
  return {password_of("Passwords", "wifi", "swordfish"),
          password_of("Passwords", "café 🔑", "pâss wörd € 🔑"),
          password_of("Passwords", "empty", ""),
          password_of("Passwords", "a/b", "in a/b"),
          password_of("Network", "wifi__0_", "numbered", "Network/wifi"),
          map("https://example.org/#login",
              R"({"password":"a \"quoted\"\\ one\n","user":"jo","ключ":"€"})"),
          map("no members", "{}"),
          stream("zeros", std::string(40, '\0') + std::string(40, '\xff')),
          stream("nothing", ""),
          stream("text", "ASCII")};
}

TEST(KWallet, ReadsWhatItsSecretServiceWroteAndWhatItKeepsBesideTheWallet) {
  const base::Bytes attributes = known_file("kwallet_attributes.json");
  const auto document = read_served(base::text_of(attributes));
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->damages.empty());
  EXPECT_EQ(document->created, 1'795'272'142u);
  EXPECT_EQ(document->modified, 1'795'272'142u);
  EXPECT_EQ(document->records.size(), stored_by_clients().size() + own_entries().size());
  expect_stored_by_clients(*document, 1'795'272'142, 1'795'272'142);
  for (const Record& wanted : own_entries()) expect_same(alike(*document, wanted), wanted);
}

TEST(KWallet, WithoutWhatIsKeptBesideItEveryEntryHasItsOwnNames) {
  const auto document = read_served("");
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->damages.empty());
  EXPECT_EQ(document->records.size(), stored_by_clients().size() + own_entries().size());
  const Record wanted =
      entry("Mail", "Secret Service", "Mail", "plaintext", "text/plain", "swordfish");
  expect_same(alike(*document, wanted), wanted);
}

TEST(KWallet, TellsOfAttributesThatItCannotRead) {
  for (const std::string_view attributes : {"{", "[]", "1", "\xff"}) {
    const auto document = read_served(attributes);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->damages.size(), 1u) << attributes;
    EXPECT_EQ(document->records.size(), stored_by_clients().size() + own_entries().size());
  }
}

TEST(KWallet, SurvivesAttributesOfEveryOtherShape) {
  const auto read_mail = [](std::string_view kept) {
    const auto document =
        read_served(R"({"$fdo_created": -1, "Secret Service/Mail": )" + std::string(kept) + "}");
    return document ? labelled(*document, "Mail") : Record();
  };
  EXPECT_EQ(read_mail("{}").attributes, Attributes());
  EXPECT_EQ(read_mail("[]").attributes.at("user"), "Mail");
  EXPECT_EQ(read_mail(R"({"attributes": 1})").attributes, Attributes());
  EXPECT_EQ(read_mail(R"({"attributes": {"a": "b", "": "c"}})").attributes,
            (Attributes{{"a", "b"}}));
  EXPECT_EQ(read_mail(R"({"$fdo_created": "-1"})").created, 0u);
  EXPECT_EQ(read_mail(R"({"$fdo_created": "18446744073709551616"})").created, 0u);
  EXPECT_EQ(read_mail(R"({"$fdo_mime_type": "text/html"})").content_type, "text/html");
  EXPECT_EQ(read_mail(R"({"$fdo_mime_type": ")" + std::string(257, 'x') + "\"}").content_type,
            "text/plain");
}

TEST(KWallet, LabelsAreThoseOfItsSecretService) {
  EXPECT_EQ(kwallet_label("Passwords", "mail"), "Passwords/mail");
  EXPECT_EQ(kwallet_label("Secret Service", "mail"), "mail");
  EXPECT_EQ(kwallet_label("Secret Service", "mail__0_"), "mail");
  EXPECT_EQ(kwallet_label("a", "mail__12_"), "a/mail");
  for (const std::string name : {"mail_1_", "mail__1", "mail___", "mail__x_", "__", "_", "",
                                 "mail__1_ ", "mail__1111111111_"})
    EXPECT_EQ(kwallet_label("Secret Service", name), name);
  EXPECT_EQ(kwallet_label("Secret Service", "__1_"), "");
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
  const auto wrong_password = read_kwallet(file, {salt, {}}, bytes_of("wrong"));
  ASSERT_FALSE(wrong_password);
  EXPECT_EQ(wrong_password.error().code, Code::wrong_password);
  const auto no_salt = read_kwallet(file, {}, bytes_of(password));
  ASSERT_FALSE(no_salt);
  EXPECT_EQ(no_salt.error().code, Code::invalid);
  salt[0] ^= std::byte{1};
  EXPECT_FALSE(read_kwallet(file, {salt, {}}, bytes_of(password)));
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

std::string hexadecimal_sha1(std::size_t size) {
  std::string text;
  for (const std::byte byte : kwallet_sha1(bytes_of(std::string(size, 'a')), KWalletDialect::kde4))
    for (const unsigned digit :
         {std::to_integer<unsigned>(byte) >> 4, std::to_integer<unsigned>(byte) & 15})
      text += "0123456789abcdef"[digit];
  return text;
}

TEST(KWalletSha1, IsSha1ButForBlocksOf55Bytes) {
  EXPECT_EQ(hexadecimal_sha1(0), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hexadecimal_sha1(54), "b05d71c64979cb95fa74a33cdb31a40d258ae02e");
  EXPECT_NE(hexadecimal_sha1(55), "c1c8bbdc22796e28c0e15163d20899b65621d65a");
  EXPECT_EQ(hexadecimal_sha1(56), "c2db330f6083854c99d4b5bfb6e8f29f201be699");
  EXPECT_EQ(hexadecimal_sha1(64), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
  EXPECT_NE(hexadecimal_sha1(119), "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56");
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
