// Reads a file of any format that is known here.
#pragma once

#include "formats/file_key.h"
#include "formats/kwallet.h"
#include "formats/record.h"

namespace formats {

// What some formats need besides the file; others do not look at it.
struct Unlocking {
  base::ByteView password;
  WalletCompanions beside{};  // the wallet
};

// Fails as the reader of the format found by detect() does, and with Code::not_supported where
// there is none.
base::Result<Document> read_document(base::ByteView file, const Unlocking& unlocking,
                                     const Limits& limits = {});

// Reads gnome-keyring's binary format or libsecret's, whose keys are made by `keys`; fails for
// every other with Code::not_supported.
base::Result<Document> read_keyring(base::ByteView file, const Keys& keys,
                                    const Limits& limits = {});

}  // namespace formats
