#include "formats/json_export.h"

#include <nettle/base64.h>

#include "formats/json_text.h"
#include "formats/json_value.h"
#include "formats/text.h"

namespace formats {
namespace {

using base::Code;

constexpr const char* version_member = "coffer-export";

void append_member(SecretBuffer& out, std::string_view name, std::string_view text) {
  append_json_string(out, name);
  append(out, ": ");
  append_json_string(out, text);
}

void append_member(SecretBuffer& out, std::string_view name, std::uint64_t number) {
  append_json_string(out, name);
  append(out, ": " + std::to_string(number));
}

SecretBuffer base64_of(base::ByteView bytes) {
  SecretBuffer text(BASE64_ENCODE_RAW_LENGTH(bytes.size()));
  base64_encode_raw(reinterpret_cast<char*>(text.data()), bytes.size(), base::u8(bytes));
  return text;
}

std::optional<SecretBuffer> from_base64(std::string_view text) {
  SecretBuffer bytes(BASE64_DECODE_LENGTH(text.size()));
  std::size_t size = bytes.size();
  base64_decode_ctx context;
  base64_decode_init(&context);
  const bool decoded = base64_decode_update(&context, &size, base::u8(base::MutableBytes(bytes)),
                                            text.size(), text.data()) &&
                       base64_decode_final(&context);
  if (!decoded) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

void append_item(SecretBuffer& out, const Record& record) {
  append(out, "    {");
  append_member(out, "label", record.label);
  append(out, ", \"attributes\": {");
  for (auto attribute = record.attributes.begin(); attribute != record.attributes.end();) {
    append_member(out, attribute->first, attribute->second);
    if (++attribute != record.attributes.end()) append(out, ", ");
  }
  append(out, "}, ");
  append_member(out, "created", record.created);
  append(out, ", ");
  append_member(out, "modified", record.modified);
  append(out, ", ");
  append_member(out, "content-type", record.content_type);
  append(out, ", ");
  const std::string_view secret = base::text_of(record.secret);
  if (base::is_utf8(secret))
    append_member(out, "secret", secret);
  else
    append_member(out, "secret-base64", base::text_of(base64_of(record.secret)));
  append(out, "}");
}

std::uint64_t number_member(const JsonValue& object, const char* name) {
  const JsonValue& number = member_of(object, name);
  return number.is_number_unsigned() ? number.get<std::uint64_t>() : 0;
}

void read_item(const JsonValue& item, Draft draft) {
  draft.set_label(text_member(item, "label"));
  const JsonValue& attributes = member_of(item, "attributes");
  if (attributes.is_object())
    for (const auto& [name, value] : attributes.items())
      draft.add_attribute(name, text_of_value(value));
  draft.record.created = number_member(item, "created");
  draft.record.modified = number_member(item, "modified");
  const JsonValue& encoded = member_of(item, "secret-base64");
  if (encoded.is_string()) {
    auto secret = from_base64(encoded.get_ref<const WipedString&>());
    if (!secret) return draft.damage("secret", "is not Base64");
    draft.set_secret(std::move(*secret));
  } else {
    draft.set_secret(secret_of(text_member(item, "secret")));
  }
  draft.set_content_type(text_member(item, "content-type"));
  draft.finish();
}

}  // namespace

SecretBuffer write_json_export(const Document& document) {
  SecretBuffer out;
  append(out, "{\n  ");
  append_member(out, version_member, 1);
  append(out, ",\n  ");
  append_member(out, "label", document.label);
  append(out, ",\n  ");
  append_member(out, "created", document.created);
  append(out, ",\n  ");
  append_member(out, "modified", document.modified);
  append(out, ",\n  \"items\": [");
  for (std::size_t i = 0; i < document.records.size(); ++i) {
    append(out, i == 0 ? "\n" : ",\n");
    append_item(out, document.records[i]);
  }
  append(out, "\n  ]\n}\n");
  return out;
}

base::Result<Document> read_json_export(base::ByteView bytes) {
  const auto file = parse_json(bytes);
  if (!file) return base::fail(Code::damaged, "the file is not well-formed JSON");
  if (number_member(*file, version_member) != 1)
    return base::fail(Code::not_supported, "this JSON is no export of Coffer's that can be read");
  Document document;
  document.label = repaired(text_member(*file, "label"));
  document.created = number_member(*file, "created");
  document.modified = number_member(*file, "modified");
  const JsonValue& items = member_of(*file, "items");
  for (std::size_t i = 0; items.is_array() && i < items.size(); ++i)
    read_item(items[i], {document, i});
  return document;
}

}  // namespace formats
