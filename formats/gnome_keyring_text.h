// gnome-keyring's text format (its pkcs11/secret-store): what it writes where the password is
// empty. A GLib key file: [keyring], [N] for an item, [N:attributeK] for its attributes.
#pragma once

#include "formats/record.h"

namespace formats {

// Reads a keyring, more patiently than gnome-keyring itself: it writes secrets raw but reads them
// as escaped, and refuses the whole file when one had several lines. Here secrets are raw, and go
// on until the keys that follow them. What makes no sense is a Damage and loses nothing else.
//
// Fails with Code::not_supported when the file does not start with [keyring].
base::Result<Document> read_gnome_keyring_text(base::ByteView file);

}  // namespace formats
