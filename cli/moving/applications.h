// Sandboxed applications' own keyrings: ~/.var/app/APPLICATION/data/keyrings/default.keyring.
//
// An application may do as it likes below its folder. So no link in there is followed, neither to
// read nor to write: it would lead where the application itself cannot go.
#pragma once

#include "base/unique_fd.h"
#include "cli/moving/passwords.h"
#include "transfer/backup.h"

namespace cli {

// Such as org.example.App; never something that leads elsewhere in a path.
bool is_application_id(std::string_view id);

// The ids of those that have a keyring, in order.
std::vector<std::string> applications_with_keyrings();

std::string keyring_path_of(const std::string& application);

// Code::no_such_item when there is none; Code::invalid when it is no file.
base::Result<base::UniqueFd> open_keyring_of(const std::string& application);

// What the file holds, opened with the secrets that the service, or one of the imported sources,
// has for the application. With `unlock`, what is locked is unlocked for it. Fails with
// Code::locked, Code::wrong_password when no secret opens it, or as read_foreign_file() does.
base::Result<transfer::Document> read_keyring_of(const std::string& application,
                                                 Passwords& passwords, SecretService& service,
                                                 bool unlock);

// Where a keyring of a backup belongs.
struct Place {
  enum class Kind { free, same, taken };
  Kind kind;         // same: it is there already; taken: another is, so that it goes beside
  std::string path;  // where it is or goes
};
// `stamp` becomes a part of the name beside another keyring.
base::Result<Place> place_for(const transfer::Keyring& keyring, const std::string& stamp);

// Puts it there, and makes the folders above. Replaces nothing.
base::Outcome put_back(const transfer::Keyring& keyring, const Place& place);

}  // namespace cli
