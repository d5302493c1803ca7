// gnome-keyring's item types, which are older than schemas, and the schemas they stand for.
#pragma once

#include <cstdint>

#include "formats/record.h"

namespace formats {

inline constexpr const char* schema_attribute = "xdg:schema";

// The schema of an item type; unknown types are generic, as gnome-keyring has it.
const char* schema_of_item_type(std::uint32_t type);

// The item type of a record by its schema attribute; 0 (generic) where there is none.
std::uint32_t item_type_of(const Attributes& attributes);

}  // namespace formats
