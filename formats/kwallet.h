// KWallet's files (kwalletd's *.kwl, versions 0.0 and 0.1): folders of entries, encrypted with
// Blowfish under a key from the password and, since 0.1, the file *.salt beside the wallet.
#pragma once

#include "formats/record.h"

namespace formats {

// Reads a wallet. Entries become what KWallet's own Secret Service shows: the entry's name as label
// and attribute "user", its folder as "server", and "type": "plaintext" for passwords, "map" for
// maps, whose secret is a JSON object of strings, and "base64" for bytes, which are themselves the
// secret. The format has no times.
//
// Fails with Code::wrong_password when the checksum does not match, which damage too can bring
// about; Code::invalid when the wallet needs a salt and `salt` is empty; Code::damaged;
// Code::not_supported for wallets under a GPG key, and for other formats and versions.
base::Result<Document> read_kwallet(base::ByteView file, base::ByteView salt,
                                    base::ByteView password);

}  // namespace formats
