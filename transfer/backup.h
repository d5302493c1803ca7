// A backup on a pipe: its Contents, and the collections and keyrings that these count.
#pragma once

#include "transfer/document.h"

namespace transfer {

struct Backup {
  std::uint64_t created = 0;  // seconds since 1970
  std::vector<Alias> aliases;
  std::vector<Document> collections;
  std::vector<Keyring> keyrings;
};

base::Outcome send_backup(int fd, const Backup& backup);

// Fails as receive_document() does. The bounds of a document are those of the whole backup.
base::Result<Backup> receive_backup(int fd);

}  // namespace transfer
