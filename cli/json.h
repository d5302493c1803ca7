// The JSON that --json prints. Its shape is documented in coffer(1) and does not change.
#pragma once

#include <nlohmann/json.hpp>

#include "cli/secret_service.h"

namespace cli {

using Json = nlohmann::ordered_json;

Json json_of(const Item& item);
Json json_of(const Collection& collection, const std::vector<std::string>& aliases);

// Adds "secret" and "encoding" ("utf-8", or "base64" for other bytes), and "content_type".
void add_secret(Json& object, base::ByteView secret, const std::string& content_type);

// The time as ISO 8601 in UTC, or null when it is unknown.
Json json_time(std::uint64_t when);

void print_json(const Json& value);

}  // namespace cli
