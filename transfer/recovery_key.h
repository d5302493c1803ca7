// A random key that people write down and type again: nine groups of four characters, such as
// MRCZ-48KD-..., the last of which tells whether the others were mistyped.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace transfer {

inline constexpr std::size_t kRecoveryKeySize = 20;  // bytes: too many to be tried
using RecoveryKey = std::array<std::byte, kRecoveryKeySize>;

// Crockford's Base32 without I, L, O and U, which look like others.
std::string text_of(const RecoveryKey& key);

// The key of such a text, in capital letters or small, with or without hyphens and spaces; O counts
// as 0, I and L as 1. None when it is no such text, or any one of its characters is another.
std::optional<RecoveryKey> recovery_key_of(std::string_view text);

}  // namespace transfer
