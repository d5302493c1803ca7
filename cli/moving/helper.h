// coffer-formats, which reads and writes foreign files in a sandbox. What it answers is not
// believed further than transfer/messages.h says.
#pragma once

#include "cli/secret.h"
#include "transfer/backup.h"

namespace cli {

// What lies beside a wallet of KWallet; empty for every other file.
struct Companions {
  Secret salt;
  Secret attributes;
};

// Reads a file of any format that the helper knows. Fails as its readers do: Code::wrong_password,
// Code::damaged, Code::not_supported, Code::limits_exceeded; Code::internal when the helper was
// stopped; Code::unavailable when it is not there.
base::Result<transfer::Document> read_foreign_file(int file, const Secret& password,
                                                   const Companions& beside);

// The content of a file of that format with the document in it.
base::Result<base::Bytes> write_foreign_file(transfer::Operation operation, const Secret& password,
                                             const transfer::Document& document);

// The same for a backup of Coffer's, whose password may be a recovery key; Code::too_new besides.
base::Result<transfer::Backup> read_backup_file(int file, const Secret& password);
base::Result<base::Bytes> write_backup_file(transfer::Operation operation, const Secret& password,
                                            const transfer::Backup& backup);

}  // namespace cli
