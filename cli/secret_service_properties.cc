// What the service, its collections and items are: D-Bus properties.
#include "cli/secret_service.h"

namespace cli {

using namespace dbus::names;

namespace {

Message properties_call(const Bus& bus, const std::string& path, const char* interface) {
  Message call = bus.new_call(path, kProperties, "GetAll");
  Writer(call).text(interface);
  return call;
}

template <class F>
base::Outcome read_answer(const base::Result<Message>& reply, F&& read) {
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  at.vardict([&](const std::string& name, Reader& value, std::string_view) { read(name, value); });
  if (!at.ok()) return unreadable();
  return base::Ok{};
}

base::Result<Item> item_of(const std::string& path, const base::Result<Message>& reply) {
  Item found{.path = path, .label = {}, .attributes = {}};
  auto read = read_answer(reply, [&](const std::string& name, Reader& value) {
    if (name == "Label") found.label = value.text();
    if (name == "Attributes") found.attributes = value.string_map();
    if (name == "Locked") found.locked = value.boolean();
    if (name == "Created") found.created = value.number();
    if (name == "Modified") found.modified = value.number();
  });
  if (!read) return base::fail(read.error());
  return found;
}

}  // namespace

template <class F>
base::Outcome SecretService::read_properties(const std::string& path, const char* interface,
                                             F&& read) {
  return read_answer(bus_.call(properties_call(bus_, path, interface)), std::forward<F>(read));
}

template <class F>
base::Outcome SecretService::set_property(const std::string& path, const char* interface,
                                          const char* name, const char* signature, F&& fill) {
  Message call = bus_.new_call(path, kProperties, "Set");
  Writer(call).text(interface).text(name).variant(signature, std::forward<F>(fill));
  return send(call);
}

base::Result<std::vector<std::string>> SecretService::collections() {
  std::vector<std::string> paths;
  auto read = read_properties(kServicePath, kService, [&](const std::string& name, Reader& value) {
    if (name == "Collections") paths = value.paths();
  });
  if (!read) return base::fail(read.error());
  return paths;
}

base::Result<Collection> SecretService::collection(const std::string& path) {
  Collection found{.path = path, .label = {}, .items = {}};
  auto read = read_properties(path, kCollection, [&](const std::string& name, Reader& value) {
    if (name == "Label") found.label = value.text();
    if (name == "Locked") found.locked = value.boolean();
    if (name == "Created") found.created = value.number();
    if (name == "Modified") found.modified = value.number();
    if (name == "Items") found.items = value.paths();
  });
  if (!read) return base::fail(read.error());
  return found;
}

base::Result<Item> SecretService::item(const std::string& path) {
  return item_of(path, bus_.call(properties_call(bus_, path, kItem)));
}

std::vector<base::Result<Item>> SecretService::items(const std::vector<std::string>& paths) {
  std::vector<Message> calls;
  for (const std::string& path : paths) calls.push_back(properties_call(bus_, path, kItem));
  const auto replies = bus_.call_all(calls);
  std::vector<base::Result<Item>> found;
  for (std::size_t i = 0; i < paths.size(); ++i) found.push_back(item_of(paths[i], replies[i]));
  return found;
}

base::Outcome SecretService::set_item_label(const std::string& item, const std::string& label) {
  return set_property(item, kItem, "Label", "s", [&](Writer& value) { value.text(label); });
}

base::Outcome SecretService::set_attributes(const std::string& item, const Attributes& attributes) {
  return set_property(item, kItem, "Attributes", "a{ss}",
                      [&](Writer& value) { value.string_map(attributes); });
}

base::Outcome SecretService::rename_collection(const std::string& collection,
                                               const std::string& label) {
  return set_property(collection, kCollection, "Label", "s",
                      [&](Writer& value) { value.text(label); });
}

}  // namespace cli
