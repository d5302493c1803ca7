#include "dbus/message.h"

namespace dbus {

bool Reader::expect(int type) {
  if (ok_ && this->type() != type) ok_ = false;
  return ok_;
}

base::UniqueFd Reader::descriptor() {
  if (!expect(DBUS_TYPE_UNIX_FD)) return {};
  int raw = -1;
  dbus_message_iter_get_basic(&at_, &raw);
  next();
  return base::UniqueFd(raw);
}

template <class T>
T Reader::fixed(int type) {
  T value{};
  if (!expect(type)) return value;
  dbus_message_iter_get_basic(&at_, &value);
  next();
  return value;
}

bool Reader::boolean() { return fixed<dbus_bool_t>(DBUS_TYPE_BOOLEAN) != FALSE; }
std::uint64_t Reader::number() { return fixed<dbus_uint64_t>(DBUS_TYPE_UINT64); }
std::uint32_t Reader::number32() { return fixed<dbus_uint32_t>(DBUS_TYPE_UINT32); }

std::string Reader::basic_text(int type) {
  const char* value = fixed<const char*>(type);
  return value ? value : "";
}

base::Bytes Reader::byte_array() {
  if (!expect(DBUS_TYPE_ARRAY)) return {};
  if (dbus_message_iter_get_element_type(&at_) != DBUS_TYPE_BYTE) return ok_ = false, base::Bytes{};
  DBusMessageIter elements;
  dbus_message_iter_recurse(&at_, &elements);
  const std::byte* bytes = nullptr;
  int size = 0;
  dbus_message_iter_get_fixed_array(&elements, &bytes, &size);
  next();
  return size > 0 ? base::Bytes(bytes, bytes + size) : base::Bytes{};
}

std::vector<std::string> Reader::strings(int type) {
  std::vector<std::string> out;
  if (!expect(DBUS_TYPE_ARRAY)) return out;
  for (Reader elements(at_, Recurse{}); ok_ && elements.type() != DBUS_TYPE_INVALID;) {
    out.push_back(elements.basic_text(type));
    ok_ = elements.ok_;
  }
  next();
  return out;
}

StringMap Reader::string_map() {
  StringMap out;
  if (!expect(DBUS_TYPE_ARRAY)) return out;
  for (Reader entries(at_, Recurse{}); ok_ && entries.type() != DBUS_TYPE_INVALID; entries.next()) {
    if (!entries.expect(DBUS_TYPE_DICT_ENTRY)) return ok_ = false, out;
    Reader entry(entries.at_, Recurse{});
    std::string key = entry.text();
    std::string value = entry.text();
    ok_ = entry.ok_;
    out.insert_or_assign(std::move(key), std::move(value));
  }
  next();
  return out;
}

BusSecret Reader::secret() {
  BusSecret out;
  if (!expect(DBUS_TYPE_STRUCT)) return out;
  Reader inner(at_, Recurse{});
  out.session = inner.path();
  out.parameters = inner.byte_array();
  out.value = inner.byte_array();
  out.content_type = inner.text();
  ok_ = inner.ok_;
  next();
  return out;
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

Writer& Writer::number(std::uint64_t value) {
  const dbus_uint64_t raw = value;
  dbus_message_iter_append_basic(&at_, DBUS_TYPE_UINT64, &raw);
  return *this;
}

Writer& Writer::number32(std::uint32_t value) {
  const dbus_uint32_t raw = value;
  dbus_message_iter_append_basic(&at_, DBUS_TYPE_UINT32, &raw);
  return *this;
}

Writer& Writer::integer(std::int32_t value) {
  const dbus_int32_t raw = value;
  dbus_message_iter_append_basic(&at_, DBUS_TYPE_INT32, &raw);
  return *this;
}

Writer& Writer::paths(const std::vector<std::string>& values) {
  return within(DBUS_TYPE_ARRAY, "o", [&](Writer& array) {
    for (const std::string& value : values) array.path(value);
  });
}

Writer& Writer::texts(const std::vector<std::string>& values) {
  return within(DBUS_TYPE_ARRAY, "s", [&](Writer& array) {
    for (const std::string& value : values) array.text(value);
  });
}

Writer& Writer::string_map(const StringMap& values) {
  return within(DBUS_TYPE_ARRAY, "{ss}", [&](Writer& array) {
    for (const auto& pair : values)
      array.within(DBUS_TYPE_DICT_ENTRY, nullptr,
                   [&](Writer& entry) { entry.text(pair.first).text(pair.second); });
  });
}

Writer& Writer::byte_array(base::ByteView bytes) {
  return within(DBUS_TYPE_ARRAY, "y", [&](Writer& array) {
    const std::byte* raw = bytes.data();
    dbus_message_iter_append_fixed_array(&array.at_, DBUS_TYPE_BYTE, &raw,
                                         static_cast<int>(bytes.size()));
  });
}

Writer& Writer::descriptor(int fd) {
  dbus_message_iter_append_basic(&at_, DBUS_TYPE_UNIX_FD, &fd);
  return *this;
}

Writer& Writer::secret(const std::string& session, base::ByteView parameters, base::ByteView value,
                       const std::string& content_type) {
  return within(DBUS_TYPE_STRUCT, nullptr, [&](Writer& fields) {
    fields.path(session).byte_array(parameters).byte_array(value).text(content_type);
  });
}

}  // namespace dbus
