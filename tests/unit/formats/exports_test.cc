// The formats without encryption: Bitwarden's JSON, CSV, and our own JSON.
#include "formats/bitwarden.h"
#include "formats/csv.h"
#include "formats/iso_time.h"
#include "formats/json_export.h"
#include "formats/read.h"
#include "tests/unit/formats/known_files.h"

namespace formats {
namespace {

using base::bytes_of;
using base::Code;

constexpr std::string_view bitwarden = R"({
  "encrypted": false,
  "folders": [{"id": "f1", "name": "Work"}],
  "items": [
    {"id": "1", "folderId": "f1", "type": 1, "name": "Mail", "notes": "two\nlines", "favorite": false,
     "revisionDate": "2024-02-29T12:00:01.000Z", "creationDate": "2023-11-14T22:13:20.000Z",
     "fields": [{"name": "PIN", "value": "1234", "type": 1}, {"name": null, "value": "", "type": 0}],
     "login": {"uris": [{"match": null, "uri": "https://mail.example"}], "username": "jo",
               "password": "sword\u0022fish", "totp": null}},
    {"type": 2, "name": "A note", "notes": "remember", "folderId": null, "secureNote": {"type": 0}},
    {"type": 3, "name": "A card", "card": {"number": "4111", "code": "123", "brand": null}},
    "not an entry"
  ]})";

TEST(Bitwarden, ReadsLoginsNotesAndCards) {
  const auto document = read_bitwarden_json(bytes_of(bitwarden));
  ASSERT_TRUE(document);
  ASSERT_EQ(document->records.size(), 5u);
  const Record& mail = labelled(*document, "Mail");
  EXPECT_EQ(secret_text(mail), "sword\"fish");
  EXPECT_EQ(mail.attributes,
            (Attributes{{"folder", "Work"}, {"url", "https://mail.example"}, {"username", "jo"}}));
  EXPECT_EQ(mail.created, 1'700'000'000u);
  EXPECT_EQ(mail.modified, 1'709'208'001u);
  EXPECT_EQ(secret_text(labelled(*document, "Mail (notes)")), "two\nlines");
  EXPECT_EQ(labelled(*document, "Mail (notes)").attributes.at("field"), "notes");
  EXPECT_EQ(secret_text(labelled(*document, "Mail (PIN)")), "1234");
  EXPECT_EQ(secret_text(labelled(*document, "A note (notes)")), "remember");
  EXPECT_EQ(secret_text(labelled(*document, "A card")), R"({"code":"123","number":"4111"})");
  ASSERT_EQ(document->damages.size(), 1u);
  EXPECT_EQ(document->damages[0].item, 3u);
}

TEST(Bitwarden, RefusesEncryptedAndOtherJson) {
  const auto code_of = [](std::string_view text) {
    const auto document = read_bitwarden_json(bytes_of(text));
    return document ? Code{} : document.error().code;
  };
  EXPECT_EQ(code_of(R"({"encrypted": true, "items": []})"), Code::not_supported);
  EXPECT_EQ(code_of(R"({"items": []})"), Code::not_supported);
  EXPECT_EQ(code_of(R"([1, 2])"), Code::not_supported);
  EXPECT_EQ(code_of(R"({"encrypted": false, "items": [)"), Code::damaged);
  EXPECT_EQ(code_of(std::string(100'000, '[')), Code::damaged);
  EXPECT_EQ(code_of(std::string(100'000, '[') + std::string(100'000, ']')), Code::not_supported);
}

TEST(Csv, ReadsKeePassXc) {
  const auto document = read_csv(
      bytes_of("\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\",\"Icon\","
               "\"Last Modified\","
               "\"Created\"\r\n\"Root/Work\",\"Mail\",\"jo\",\"a \"\"quoted\"\", "
               "one\",\"https://mail.example\",\"two\n"
               "lines\",\"\",\"0\",\"2024-02-29T12:00:01Z\",\"2023-11-14T22:13:20Z\"\r\n"));
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->damages.empty());
  ASSERT_EQ(document->records.size(), 2u);
  const Record& mail = labelled(*document, "Mail");
  EXPECT_EQ(secret_text(mail), "a \"quoted\", one");
  EXPECT_EQ(
      mail.attributes,
      (Attributes{{"folder", "Root/Work"}, {"url", "https://mail.example"}, {"username", "jo"}}));
  EXPECT_EQ(mail.created, 1'700'000'000u);
  EXPECT_EQ(mail.modified, 1'709'208'001u);
  EXPECT_EQ(secret_text(labelled(*document, "Mail (notes)")), "two\nlines");
}

TEST(Csv, ReadsBitwardenAndBrowsers) {
  const auto vault = read_csv(
      bytes_of("folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_"
               "password,login_totp\n"
               "Work,1,login,Mail,,\"PIN: 1\",0,https://mail.example,jo,swordfish,JBSWY3DP\n"));
  ASSERT_TRUE(vault);
  EXPECT_EQ(secret_text(labelled(*vault, "Mail")), "swordfish");
  EXPECT_EQ(secret_text(labelled(*vault, "Mail (totp)")), "JBSWY3DP");
  EXPECT_EQ(secret_text(labelled(*vault, "Mail (fields)")), "PIN: 1");

  const auto browser = read_csv(bytes_of("url,username,password\nhttps://a.example,jo,pw"));
  ASSERT_TRUE(browser);
  EXPECT_EQ(secret_text(labelled(*browser, "https://a.example")), "pw");
}

TEST(Csv, KeepsShortRowsAndTellsOfThem) {
  const auto document = read_csv(bytes_of("name,password\nonly a name\n\nMail,pw,more\nOpen,\"x"));
  ASSERT_TRUE(document);
  ASSERT_EQ(document->records.size(), 3u);
  EXPECT_EQ(secret_text(document->records[1]), "pw");
  EXPECT_EQ(secret_text(document->records[2]), "x");
  EXPECT_EQ(document->damages.size(), 2u);
}

TEST(Csv, RefusesTablesWithoutPasswords) {
  EXPECT_FALSE(read_csv(bytes_of("")));
  EXPECT_FALSE(read_csv(bytes_of("a,b\n1,2\n")));
}

TEST(IsoTime, IsExactAndRefusesNonsense) {
  EXPECT_EQ(unix_time_of("1970-01-01T00:00:00Z"), 0u);
  EXPECT_EQ(unix_time_of("2000-02-29 23:59:59"), 951'868'799u);
  for (const char* nonsense :
       {"", "2023-02-29T00:00:00", "2023-13-01T00:00:00", "2023-01-01T24:00:00",
        "2023/01/01T00:00:00", "1969-12-31T23:59:59", "+023-01-01T00:00:00"})
    EXPECT_EQ(unix_time_of(nonsense), 0u) << nonsense;
}

TEST(JsonExport, ReadsBackWhatItWrote) {
  const Document document = varied_document();
  const SecretBuffer file = write_json_export(document);
  EXPECT_TRUE(base::is_utf8(base::text_of(file)));
  const auto again = read_document(file, {});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->damages.empty());
  EXPECT_EQ(again->label, document.label);
  EXPECT_EQ(again->created, document.created);
  EXPECT_EQ(again->modified, document.modified);
  ASSERT_EQ(again->records.size(), document.records.size());
  for (std::size_t i = 0; i < document.records.size(); ++i)
    expect_same(again->records[i], document.records[i]);
}

TEST(JsonExport, SurvivesTruncationsAndAlteredBytes) {
  Document document = varied_document();
  document.records.pop_back();  // the long one
  const SecretBuffer written = write_json_export(document);
  const base::Bytes file(written.begin(), written.end());
  each_truncation(file, [&](const base::Bytes& cut) {
    EXPECT_EQ(static_cast<bool>(read_document(cut, {})), cut.size() + 1 == file.size());
  });
  each_altered_byte(
      file, [](const base::Bytes& altered, std::size_t) { (void)read_document(altered, {}); });
}

TEST(ReadDocument, FindsTheReader) {
  const base::ByteView key = bytes_of(password);
  for (const char* name : {"encrypted.keyring", "plain.keyring", "libsecret.keyring"})
    EXPECT_TRUE(read_document(known_file(name), {key, {}})) << name;
  const base::Bytes salt = known_file("kdewallet.salt");
  EXPECT_TRUE(read_document(known_file("kdewallet.kwl"), {key, {salt, {}}}));
  EXPECT_TRUE(read_document(bytes_of(bitwarden), {}));
  EXPECT_TRUE(read_document(bytes_of("name,password\n"), {}));
  EXPECT_FALSE(read_document(bytes_of("nothing"), {}));
  EXPECT_FALSE(read_document(bytes_of("Gnome Keyring Store 2\n\r"), {}));
}

TEST(ReadKeyring, AsksOnceForTheKeyThatTheHeaderDescribes) {
  struct Expected {
    const char* file;
    Kdf kdf;
    std::size_t salt;
    std::uint32_t least_rounds;
  };
  for (const Expected& expected :
       {Expected{"encrypted.keyring", Kdf::iterated_sha256, 8, 1000},
        Expected{"libsecret.keyring", Kdf::pbkdf2_sha256, 32, 100'000}}) {
    int asked = 0;
    const auto document = read_keyring(known_file(expected.file), [&](const KeyRecipe& recipe) {
      ++asked;
      EXPECT_EQ(recipe.kdf, expected.kdf);
      EXPECT_EQ(recipe.salt.size(), expected.salt);
      EXPECT_GE(recipe.rounds, expected.least_rounds);
      return keys_of(bytes_of(password))(recipe);
    });
    EXPECT_TRUE(document) << expected.file;
    EXPECT_EQ(asked, 1);
  }
}

TEST(ReadKeyring, FailsAsItsKeysDoAndReadsNoOtherFormat) {
  const Keys none = [](const KeyRecipe&) { return base::fail(base::Code::io, "nobody is there"); };
  for (const char* name : {"encrypted.keyring", "libsecret.keyring"}) {
    const auto document = read_keyring(known_file(name), none);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code, base::Code::io);
  }
  for (const auto& file :
       {known_file("plain.keyring"), known_file("kdewallet.kwl"), base::Bytes()}) {
    const auto document = read_keyring(file, none);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code, base::Code::not_supported);
  }
}

}  // namespace
}  // namespace formats
