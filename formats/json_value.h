// JSON text, read with nlohmann/json into strings that are wiped.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "formats/secret_buffer.h"

namespace formats {

using WipedString = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;
using JsonValue = nlohmann::basic_json<std::map, std::vector, WipedString>;

// None when the text is not JSON. A byte order mark is no harm.
std::optional<JsonValue> parse_json(base::ByteView text);

// The member of an object; null when there is none, or when `object` is something else.
const JsonValue& member_of(const JsonValue& object, const char* name);

// A member's text, number or boolean as text; empty when it is none of them.
WipedString text_member(const JsonValue& object, const char* name);

// A value as text, likewise.
WipedString text_of_value(const JsonValue& value);

}  // namespace formats
