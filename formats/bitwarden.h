// Bitwarden's unencrypted JSON export.
#pragma once

#include "formats/record.h"

namespace formats {

// Reads logins and notes, and cards, identities and SSH keys as JSON objects of their texts. How
// entries become records is told in login.h.
//
// Fails with Code::not_supported for encrypted exports and other JSON; Code::damaged for what is no
// JSON.
base::Result<Document> read_bitwarden_json(base::ByteView file);

}  // namespace formats
