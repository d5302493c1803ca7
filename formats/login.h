// A password manager's entry, which has several secrets where a Secret Service item has one.
#pragma once

#include "formats/json_value.h"
#include "formats/record.h"
#include "formats/text.h"

namespace formats {

struct LoginField {
  std::string name;  // "totp", or what the user called it
  WipedString value;
};

struct Login {
  WipedString title;
  WipedString username;
  WipedString url;
  WipedString folder;
  WipedString password;
  std::vector<LoginField>
      others;  // what else there is to keep: notes, one-time passwords, own fields
  std::uint64_t created = 0;
  std::uint64_t modified = 0;
};

// Adds the entry to the document as a record of its password, labelled with the title, with the
// attributes "username", "url" and "folder" as far as they are known; and as a record of each other
// field that is not empty, which has also the attribute "field". An entry with nothing to keep
// becomes a record with an empty secret.
void add_login(Document& document, std::size_t item, const Login& login);

}  // namespace formats
