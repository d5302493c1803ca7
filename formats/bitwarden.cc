#include "formats/bitwarden.h"

#include "formats/iso_time.h"
#include "formats/json_text.h"
#include "formats/login.h"

namespace formats {
namespace {

using base::Code;
using Folders = std::map<WipedString, WipedString>;  // names by id

Folders folders_of(const JsonValue& file) {
  Folders folders;
  const JsonValue& list = member_of(file, "folders");
  if (!list.is_array()) return folders;
  for (const JsonValue& folder : list)
    folders[text_member(folder, "id")] = text_member(folder, "name");
  return folders;
}

// Cards, identities and SSH keys have their texts in a member of their own.
WipedString details_of(const JsonValue& item) {
  for (const char* kind : {"card", "identity", "sshKey"}) {
    const JsonValue& details = member_of(item, kind);
    if (!details.is_object()) continue;
    std::vector<std::pair<SecretBuffer, SecretBuffer>> pairs;
    for (const auto& [name, value] : details.items()) {
      const WipedString text = text_of_value(value);
      if (!text.empty()) pairs.emplace_back(secret_of(name), secret_of(text));
    }
    return WipedString(base::text_of(json_object_of(pairs)));
  }
  return {};
}

void read_own_fields(const JsonValue& item, Login& login) {
  const JsonValue& fields = member_of(item, "fields");
  if (!fields.is_array()) return;
  for (const JsonValue& field : fields) {
    const WipedString name = text_member(field, "name");
    login.others.push_back({name.empty() ? "field" : repaired(name), text_member(field, "value")});
  }
}

Login login_of(const JsonValue& item, const Folders& folders) {
  Login login;
  login.title = text_member(item, "name");
  const auto folder = folders.find(text_member(item, "folderId"));
  if (folder != folders.end()) login.folder = folder->second;
  login.created = unix_time_of(text_member(item, "creationDate"));
  login.modified = unix_time_of(text_member(item, "revisionDate"));

  const JsonValue& credentials = member_of(item, "login");
  login.username = text_member(credentials, "username");
  login.password = text_member(credentials, "password");
  const JsonValue& uris = member_of(credentials, "uris");
  if (uris.is_array() && !uris.empty()) login.url = text_member(uris[0], "uri");

  if (login.password.empty()) login.password = details_of(item);
  login.others.push_back({"totp", text_member(credentials, "totp")});
  login.others.push_back({"notes", text_member(item, "notes")});
  read_own_fields(item, login);
  return login;
}

}  // namespace

base::Result<Document> read_bitwarden_json(base::ByteView bytes) {
  const auto file = parse_json(bytes);
  if (!file) return base::fail(Code::damaged, "the file is not well-formed JSON");
  const JsonValue& encrypted = member_of(*file, "encrypted");
  const JsonValue& items = member_of(*file, "items");
  if (encrypted == true)
    return base::fail(Code::not_supported, "the export is encrypted: export without encryption");
  if (encrypted != false || !items.is_array())
    return base::fail(Code::not_supported, "this JSON is no export of Bitwarden");
  const Folders folders = folders_of(*file);
  Document document;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].is_object())
      add_login(document, i, login_of(items[i], folders));
    else
      document.damages.push_back({i, "entry", "is no object"});
  }
  return document;
}

}  // namespace formats
