// What a backup file encrypts; coffer-backup(5) has the layout.
#pragma once

#include "transfer/backup.h"

namespace backup {

// Code::limits_exceeded when a part of it is larger than the bounds in transfer/messages.h.
base::Result<base::Bytes> encode(const transfer::Backup& backup);

// Code::damaged when it makes no sense, or breaks those bounds. What is accepted is what encode()
// gives for it, byte for byte.
base::Result<transfer::Backup> decode(base::ByteView content);

}  // namespace backup
