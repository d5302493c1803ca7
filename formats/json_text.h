// JSON text, written into a buffer that is wiped.
#pragma once

#include <utility>

#include "formats/secret_buffer.h"

namespace formats {

void append(SecretBuffer& out, std::string_view text);

// Appends `text`, which is UTF-8, as a JSON string.
void append_json_string(SecretBuffer& out, std::string_view text);

// An object of strings, without spaces.
SecretBuffer json_object_of(const std::vector<std::pair<SecretBuffer, SecretBuffer>>& pairs);

}  // namespace formats
