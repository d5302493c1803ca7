// Reads a file of any format that is known here.
#pragma once

#include "formats/record.h"

namespace formats {

// What some formats need besides the file; others do not look at it.
struct Unlocking {
  base::ByteView password;
  base::ByteView salt;  // KWallet's *.salt file
};

// Fails as the reader of the format found by detect() does, and with Code::not_supported where
// there is none.
base::Result<Document> read_document(base::ByteView file, const Unlocking& unlocking,
                                     const Limits& limits = {});

}  // namespace formats
