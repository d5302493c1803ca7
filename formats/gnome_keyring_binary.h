// gnome-keyring's binary format (its pkcs11/secret-store, version 0.0): one AES-128-CBC ciphertext
// of all items under a password, behind an index in the clear.
#pragma once

#include "formats/file_key.h"
#include "formats/record.h"

namespace formats {

// Reads a keyring. The format's only check is one MD5 over everything that is encrypted. Where it
// fails and nothing decrypts to an item, the password is taken to be wrong; where items do appear,
// the file is damaged: the document then tells so, and has the items that could be read.
//
// Fails with Code::wrong_password; Code::damaged, when not even the index can be read or nothing
// follows it;
// Code::not_supported, for other formats and versions; Code::limits_exceeded; or as `keys` does,
// which is asked at most once.
base::Result<Document> read_gnome_keyring_binary(base::ByteView file, const Keys& keys,
                                                 const Limits& limits = {});

// Writes a keyring that gnome-keyring opens. Content types are lost: the format has none. Fails
// with Code::limits_exceeded when a length does not fit the format.
base::Result<SecretBuffer> write_gnome_keyring_binary(const Document& document,
                                                      base::ByteView password,
                                                      const Random& random);

}  // namespace formats
