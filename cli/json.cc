#include "cli/json.h"

#include <fmt/format.h>
#include <nettle/base64.h>

#include "cli/output.h"

namespace cli {
namespace {

std::string base64(base::ByteView bytes) {
  std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
  base64_encode_raw(text.data(), bytes.size(), base::u8(bytes));
  return text;
}

}  // namespace

Json json_time(std::uint64_t when) {
  return when == kUnknownTime ? Json(nullptr) : Json(iso_time(when));
}

Json json_of(const Item& item) {
  Json attributes = Json::object();
  for (const auto& [key, value] : item.attributes) attributes[key] = value;
  return {{"path", item.path},
          {"collection", collection_of(item.path)},
          {"label", item.label},
          {"attributes", std::move(attributes)},
          {"locked", item.locked},
          {"created", json_time(item.created)},
          {"modified", json_time(item.modified)}};
}

Json json_of(const Collection& collection, const std::vector<std::string>& aliases) {
  return {{"path", collection.path},
          {"label", collection.label},
          {"aliases", aliases},
          {"locked", collection.locked},
          {"items", collection.items.size()},
          {"created", json_time(collection.created)},
          {"modified", json_time(collection.modified)}};
}

void add_secret(Json& object, base::ByteView secret, const std::string& content_type) {
  // is_utf8 excludes NUL, which JSON can carry but which many readers of JSON cut text at.
  const bool is_text = base::is_utf8(base::text_of(secret));
  object["secret"] = is_text ? std::string(base::text_of(secret)) : base64(secret);
  object["encoding"] = is_text ? "utf-8" : "base64";
  object["content_type"] = content_type;
}

void print_json(const Json& value) {
  fmt::print("{}\n", value.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace cli
