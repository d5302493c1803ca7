#include "cli/message.h"

namespace cli {

template <class T>
T Reader::fixed(int wanted) {
  T value{};
  if (type() != wanted) {
    fail();
    return value;
  }
  dbus_message_iter_get_basic(&at_, &value);
  next();
  return value;
}

std::string Reader::text() {
  const int wanted = type() == DBUS_TYPE_OBJECT_PATH ? DBUS_TYPE_OBJECT_PATH : DBUS_TYPE_STRING;
  const char* raw = fixed<const char*>(wanted);
  return raw ? raw : "";
}

bool Reader::boolean() { return fixed<dbus_bool_t>(DBUS_TYPE_BOOLEAN) != 0; }
std::uint64_t Reader::number() { return fixed<dbus_uint64_t>(DBUS_TYPE_UINT64); }
std::uint32_t Reader::small_number() { return fixed<dbus_uint32_t>(DBUS_TYPE_UINT32); }

base::Bytes Reader::bytes() {
  if (type() != DBUS_TYPE_ARRAY || dbus_message_iter_get_element_type(&at_) != DBUS_TYPE_BYTE) {
    fail();
    return {};
  }
  DBusMessageIter inner;
  const std::byte* raw = nullptr;
  int count = 0;
  dbus_message_iter_recurse(&at_, &inner);
  dbus_message_iter_get_fixed_array(&inner, &raw, &count);
  next();
  return count > 0 ? base::Bytes(raw, raw + count) : base::Bytes{};
}

std::vector<std::string> Reader::texts() {
  std::vector<std::string> values;
  each([&](Reader& element) { values.push_back(element.text()); });
  return values;
}

Attributes Reader::attributes() {
  Attributes values;
  each([&](Reader& element) {
    element.inside([&](Reader& entry) {
      std::string key = entry.text();
      values[std::move(key)] = entry.text();
    });
  });
  return values;
}

Writer& Writer::basic(int type, const std::string& value) {
  const char* raw = value.c_str();
  dbus_message_iter_append_basic(&at_, type, &raw);
  return *this;
}

Writer& Writer::boolean(bool value) {
  const dbus_bool_t raw = value;
  dbus_message_iter_append_basic(&at_, DBUS_TYPE_BOOLEAN, &raw);
  return *this;
}

Writer& Writer::bytes(base::ByteView value) {
  return within(DBUS_TYPE_ARRAY, "y", [&](Writer& array) {
    const std::byte* raw = value.data();
    dbus_message_iter_append_fixed_array(&array.at_, DBUS_TYPE_BYTE, &raw,
                                         static_cast<int>(value.size()));
  });
}

Writer& Writer::paths(const std::vector<std::string>& values) {
  return within(DBUS_TYPE_ARRAY, "o", [&](Writer& array) {
    for (const std::string& value : values) array.path(value);
  });
}

Writer& Writer::attributes(const Attributes& values) {
  return within(DBUS_TYPE_ARRAY, "{ss}", [&](Writer& array) {
    for (const auto& pair : values)
      array.within(DBUS_TYPE_DICT_ENTRY, nullptr,
                   [&](Writer& entry) { entry.text(pair.first).text(pair.second); });
  });
}

}  // namespace cli
