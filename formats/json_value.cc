#include "formats/json_value.h"

namespace formats {

std::optional<JsonValue> parse_json(base::ByteView text) {
  const std::string_view view = base::text_of(text);
  JsonValue value = JsonValue::parse(view.begin(), view.end(), nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

const JsonValue& member_of(const JsonValue& object, const char* name) {
  static const JsonValue null;
  if (!object.is_object()) return null;
  const auto found = object.find(name);
  return found == object.end() ? null : *found;
}

WipedString text_of_value(const JsonValue& value) {
  if (value.is_string()) return value.get_ref<const WipedString&>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number()) return value.dump();
  return {};
}

WipedString text_member(const JsonValue& object, const char* name) {
  return text_of_value(member_of(object, name));
}

}  // namespace formats
