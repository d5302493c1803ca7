// The installation's locator key: under it, attributes are hashed so that locked items can be
// found.
#pragma once

#include "base/unique_fd.h"
#include "vault/secret_bytes.h"

namespace vault {

// Reads the 32 bytes from the open file; fills an empty one with random bytes, durably.
// Code::damaged when the file has another size.
base::Result<SecretBytes> read_locator_key(const base::UniqueFd& file, Arena& arena);

}  // namespace vault
