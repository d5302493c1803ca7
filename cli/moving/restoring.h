// From a backup into the service.
#pragma once

#include "cli/moving/applications.h"
#include "cli/moving/report.h"

namespace cli {

// What is, or would be, done with one collection of a backup.
struct CollectionRestore {
  SourceReport report;               // its source is the label
  std::string path;                  // empty: it is missing, and was not made
  bool made = false;                 // in a dry run: would be
  std::vector<std::string> aliases;  // that it got, or would get
};

// And with one application's keyring.
struct KeyringRestore {
  std::string application;
  Place place;
  std::optional<base::Error> error;
};

// Which of the service's collections each of the backup's goes into: the one with the alias `login`
// into the one that has it now, the others into the next with the same label. Empty: there is none.
base::Result<std::vector<std::string>> destinations(SecretService& service,
                                                    const transfer::Backup& backup);

// Takes the records out of the backup. Asks for the password of a collection that has to be made.
std::vector<CollectionRestore> restore_collections(SecretService& service, transfer::Backup& backup,
                                                   const std::vector<std::string>& paths, bool dry);

std::vector<KeyringRestore> restore_keyrings(const transfer::Backup& backup, bool dry);

}  // namespace cli
