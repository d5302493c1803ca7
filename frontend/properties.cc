// org.freedesktop.DBus.Properties for every kind of object.
#include <algorithm>

#include "frontend/names.h"
#include "frontend/service.h"

namespace frontend {
namespace {

const Property* find_property(const Path& path, std::string_view interface, std::string_view name) {
  for (const Property& property : kind_of(path)->properties)
    if (property.name == name && (interface.empty() || property.interface == interface))
      return &property;
  return nullptr;
}

void write_item_property(Writer& writer, const wire::ReadItem::Reply& item,
                         const StringMap& attributes, std::string_view name) {
  if (name == "Locked") writer.boolean(item.locked);
  if (name == "Label") writer.text(item.label.value);
  if (name == "Attributes") writer.string_map(attributes);
  if (name == "Created") writer.number(item.created);
  if (name == "Modified") writer.number(item.modified);
  if (name == "Type") {
    const auto schema = attributes.find("xdg:schema");
    const bool known = schema != attributes.end();
    writer.text(known ? schema->second : item.locked ? "" : "org.freedesktop.Secret.Generic");
  }
}

// Writes an a{sv} of all properties of `interface` at `path`.
template <class F>
void write_all(Writer& writer, const Path& path, std::string_view interface, F&& write) {
  writer.within(DBUS_TYPE_ARRAY, "{sv}", [&](Writer& array) {
    for (const Property& property : kind_of(path)->properties)
      if (interface.empty() || interface == property.interface)
        array.entry(property.name, property.signature,
                    [&](Writer& value) { write(value, property.name); });
  });
}

}  // namespace

void Service::write_property(Writer& writer, const CollectionView& collection,
                             std::string_view name) {
  if (name == "Label") writer.text(collection.info.label.value);
  if (name == "Locked") writer.boolean(collection.info.locked);
  if (name == "Created") writer.number(collection.info.created);
  if (name == "Modified") writer.number(collection.info.modified);
  if (name == "Items") {
    Names paths;
    paths.reserve(collection.items.size());
    for (const std::uint64_t number : collection.items) paths.push_back(collection.path(number));
    writer.paths(paths);
  }
}

void Service::get_property(Call call, const Path& path) {
  Reader arguments = call.arguments();
  const std::string interface = arguments.text();
  const std::string name = arguments.text();
  const Property* property = find_property(path, interface, name);
  if (!property) return call.error(dbus_error::kInvalidArgs, "No such property “" + name + "”");
  const auto answer = [call, property](auto&& write) {
    call.reply([&](Writer& writer) { writer.variant(property->signature, write); });
  };
  if (std::holds_alternative<ServicePath>(path))
    return answer([&](Writer& value) { value.paths(model_.paths()); });
  if (std::holds_alternative<CollectionPath>(path))
    return answer([&](Writer& value) { write_property(value, *collection_at(path), name); });
  if (name == "Locked")
    return answer([&](Writer& value) { value.boolean(collection_at(path)->info.locked); });
  ask(call, wire::ReadItem{*item_at(path)}, [answer, name](const wire::ReadItem::Reply& item) {
    answer(
        [&](Writer& value) { write_item_property(value, item, from_wire(item.attributes), name); });
  });
}

void Service::get_all_properties(Call call, const Path& path) {
  const std::string interface = call.arguments().text();
  if (std::holds_alternative<ItemPath>(path))
    return ask(call, wire::ReadItem{*item_at(path)},
               [call, path, interface](const wire::ReadItem::Reply& item) {
                 const StringMap attributes = from_wire(item.attributes);
                 call.reply([&](Writer& writer) {
                   write_all(writer, path, interface, [&](Writer& value, const char* name) {
                     write_item_property(value, item, attributes, name);
                   });
                 });
               });
  call.reply([&](Writer& writer) {
    write_all(writer, path, interface, [&](Writer& value, const char* name) {
      if (std::holds_alternative<ServicePath>(path))
        value.paths(model_.paths());
      else
        write_property(value, *collection_at(path), name);
    });
  });
}

void Service::set_property(Call call, const Path& path) {
  Reader arguments = call.arguments();
  const std::string interface = arguments.text();
  const std::string name = arguments.text();
  const Property* property = find_property(path, interface, name);
  if (!property) return call.error(dbus_error::kInvalidArgs, "No such property “" + name + "”");
  if (!property->writable)
    return call.error(dbus_error::kInvalidArgs, "Property “" + name + "” is not writable");
  arguments.variant([&](Reader& value, std::string_view signature) {
    if (signature != property->signature)
      return call.invalid("Property “" + name + "” has the type " + property->signature);
    if (const auto item = item_at(path)) return set_item_property(call, *item, name, value);
    change(call, wire::EditCollection{collection_at(path)->info.id, {value.text()}},
           [call](ipc::Nothing) { call.reply(); });
  });
}

void Service::set_item_property(const Call& call, wire::ItemId item, const std::string& name,
                                Reader& value) {
  if (name == "Label") return edit_item(call, {item, {ipc::Label{value.text()}}, {}});
  if (name == "Attributes") return edit_item(call, {item, {}, {to_wire(value.string_map())}});
  // The type is the schema: the other attributes stay.
  ask(call, wire::ReadItem{item},
      [this, call, item, type = value.text()](const wire::ReadItem::Reply& read) {
        if (read.locked) return call.error({base::Code::locked, "The item is locked"});
        auto attributes = from_wire(read.attributes);
        attributes["xdg:schema"] = type;
        edit_item(call, {item, {}, {to_wire(attributes)}});
      });
}

void Service::edit_item(const Call& call, wire::EditItem edit) {
  const wire::ItemId item = edit.item;
  ItemChange change;
  if (edit.label.value) change.label = edit.label.value->value;
  if (edit.attributes.value) change.attributes = from_wire(*edit.attributes.value);
  ask(call, std::move(edit), [this, call, item, change](wire::Written written) {
    ItemChange done = change;
    done.modified = written.modified;
    emit_item_change(item, done);
    call.reply();
  });
}

}  // namespace frontend
