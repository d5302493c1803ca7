// Message bodies from the bus, into what the frontend reads arguments with: of the right signature
// or of any other, what is read is in bounds, and what is not there reads as nothing.
#include <cstdlib>
#include <optional>

#include "frontend/service.h"

namespace {

using frontend::Message;
using frontend::Reader;

// In the order of one method's arguments.
void read_as_create_item(const Message& message) {
  Reader arguments(message);
  std::string why;
  const auto properties = frontend::read_item_properties(arguments, why);
  if (!properties && why.empty() && arguments.ok()) std::abort();
  const auto secret = arguments.secret();
  if (arguments.ok() && (secret.session.empty() || secret.session.front() != '/')) std::abort();
  arguments.boolean();
}

void read_as_search(const Message& message) {
  Reader arguments(message);
  const auto attributes = arguments.string_map();
  if (!arguments.ok()) return;
  for (const auto& [name, value] : attributes)
    if (!base::is_utf8(name) || !base::is_utf8(value)) std::abort();
}

void read_as_open_session(const Message& message) {
  Reader arguments(message);
  arguments.text();
  arguments.variant([](Reader& value, std::string_view signature) {
    if (signature == "ay") value.byte_array();
    if (signature == "s") value.text();
  });
}

void read_as_unlock(const Message& message) {
  Reader arguments(message);
  const auto paths = arguments.paths();
  if (!arguments.ok()) return;
  for (const std::string& path : paths)
    if (path.empty() || path.front() != '/') std::abort();
  arguments.texts();
}

void read_as_set_property(const Message& message) {
  Reader arguments(message);
  arguments.text();
  arguments.text();
  arguments.variant([](Reader& value, std::string_view signature) {
    if (signature == "a{ss}") value.string_map();
    if (signature == "s") value.text();
    if (signature == "b") value.boolean();
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1024 * 1024) return 0;
  DBusError error;
  dbus_error_init(&error);
  const Message message(
      dbus_message_demarshal(reinterpret_cast<const char*>(data), static_cast<int>(size), &error));
  dbus_error_free(&error);
  if (!message) return 0;
  read_as_create_item(message);
  read_as_search(message);
  read_as_open_session(message);
  read_as_unlock(message);
  read_as_set_property(message);
  return 0;
}
