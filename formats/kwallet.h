// KWallet's files (kwalletd's *.kwl, versions 0.0 and 0.1): folders of entries, encrypted with
// Blowfish under a key from the password and, since 0.1, the file NAME.salt beside the wallet.
#pragma once

#include "formats/record.h"

namespace formats {

// What lies beside a wallet NAME.kwl; empty where it does not.
struct WalletCompanions {
  base::ByteView salt;        // NAME.salt
  base::ByteView attributes;  // NAME_attributes.json
};

// Reads a wallet. Entries become what KWallet's own Secret Service shows: labelled "folder/entry",
// with the attributes, times and content type that it keeps in NAME_attributes.json. An entry that
// this file does not have, for it was written through KWallet's own interface, gets what ksecretd
// gives it: its name as attribute "user", its folder as "server", and "type": "plaintext" for
// passwords, "map" for maps, and "base64" for bytes. The secret of a map is a JSON object of
// strings; of bytes, it is themselves. When NAME_attributes.json cannot be read, a Damage tells.
//
// Fails with Code::wrong_password when the checksum does not match, which damage too can bring
// about; Code::invalid when the wallet needs a salt and has none; Code::damaged;
// Code::not_supported for wallets under a GPG key, and for other formats and versions.
base::Result<Document> read_kwallet(base::ByteView file, const WalletCompanions& beside,
                                    base::ByteView password);

}  // namespace formats
