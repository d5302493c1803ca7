// UTF-16 into UTF-8.
#pragma once

#include "formats/secret_buffer.h"

namespace formats {

// `units` are big endian. What is no character, a surrogate alone or half a unit, becomes U+FFFD.
SecretBuffer utf8_of_utf16_be(base::ByteView units);

// Appends one character. Surrogates, and what is beyond Unicode, become U+FFFD.
void append_utf8(SecretBuffer& out, std::uint32_t character);

}  // namespace formats
