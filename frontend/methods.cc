#include "frontend/methods.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/names.h"
#include "frontend/service.h"

namespace frontend {
namespace {

using namespace names;

// Every object has these.
#define COFFER_STANDARD                                                    \
  {kIntrospectable, "Introspect", "", "s", &Service::introspect_object},   \
      {kProperties, "Get", "ss", "v", &Service::get_property},             \
      {kProperties, "Set", "ssv", "", &Service::set_property},             \
      {kProperties, "GetAll", "s", "a{sv}", &Service::get_all_properties}, \
      {kPeer, "Ping", "", "", &Service::ping}, {                           \
    kPeer, "GetMachineId", "", "s", &Service::machine_id                   \
  }

constexpr Method kParentMethods[] = {COFFER_STANDARD};

constexpr Method kServiceMethods[] = {
    COFFER_STANDARD,
    {kService, "OpenSession", "sv", "vo", &Service::open_session},
    {kService, "CreateCollection", "a{sv}s", "oo", &Service::create_collection},
    {kService, "SearchItems", "a{ss}", "aoao", &Service::search_all},
    {kService, "Unlock", "ao", "aoo", &Service::unlock},
    {kService, "Lock", "ao", "aoo", &Service::lock},
    {kService, "LockService", "", "", &Service::lock_service},
    {kService, "GetSecrets", "aoo", "a{o(oayays)}", &Service::get_secrets},
    {kService, "ReadAlias", "s", "o", &Service::read_alias},
    {kService, "SetAlias", "so", "", &Service::set_alias},
    {kService, "ChangeLock", "o", "o", &Service::change_with_prompt},
    {kStatus, "Describe", "", "a{ss}", &Service::describe},
    {kPasswords, "Unlock", "oh", "", &Service::unlock_from_descriptor},
    {kPasswords, "Create", "sh", "o", &Service::create_from_descriptor},
    {kPasswords, "Change", "ohh", "", &Service::change_from_descriptors},
    {kInternal, "ChangeWithPrompt", "o", "o", &Service::change_with_prompt},
    {kInternal, "ChangeWithMasterPassword", "o(oayays)(oayays)", "",
     &Service::change_with_master_password},
    {kInternal, "UnlockWithMasterPassword", "o(oayays)", "", &Service::unlock_with_master_password},
    {kInternal, "CreateWithMasterPassword", "a{sv}(oayays)", "o",
     &Service::create_with_master_password},
};
constexpr Property kServiceProperties[] = {{kService, "Collections", "ao", false}};
constexpr Signal kServiceSignals[] = {{kService, "CollectionCreated", "o"},
                                      {kService, "CollectionDeleted", "o"},
                                      {kService, "CollectionChanged", "o"}};

constexpr Method kCollectionMethods[] = {
    COFFER_STANDARD,
    {kCollection, "Delete", "", "o", &Service::delete_collection},
    {kCollection, "SearchItems", "a{ss}", "ao", &Service::search_collection},
    {kCollection, "CreateItem", "a{sv}(oayays)b", "oo", &Service::create_item},
};
constexpr Property kCollectionProperties[] = {{kCollection, "Items", "ao", false},
                                              {kCollection, "Label", "s", true},
                                              {kCollection, "Locked", "b", false},
                                              {kCollection, "Created", "t", false},
                                              {kCollection, "Modified", "t", false}};
constexpr Signal kCollectionSignals[] = {{kCollection, "ItemCreated", "o"},
                                         {kCollection, "ItemDeleted", "o"},
                                         {kCollection, "ItemChanged", "o"}};

constexpr Method kItemMethods[] = {
    COFFER_STANDARD,
    {kItem, "Delete", "", "o", &Service::delete_item},
    {kItem, "GetSecret", "o", "(oayays)", &Service::get_secret},
    {kItem, "SetSecret", "(oayays)", "", &Service::set_secret},
};
constexpr Property kItemProperties[] = {
    {kItem, "Locked", "b", false},  {kItem, "Attributes", "a{ss}", true},
    {kItem, "Label", "s", true},    {kItem, "Type", "s", true},
    {kItem, "Created", "t", false}, {kItem, "Modified", "t", false}};

constexpr Method kSessionMethods[] = {COFFER_STANDARD,
                                      {kSession, "Close", "", "", &Service::close_session}};
constexpr Method kPromptMethods[] = {COFFER_STANDARD,
                                     {kPrompt, "Prompt", "s", "", &Service::prompt},
                                     {kPrompt, "Dismiss", "", "", &Service::dismiss}};
constexpr Signal kPromptSignals[] = {{kPrompt, "Completed", "bv"}};

#undef COFFER_STANDARD

const ObjectKind kParentKind{kParentMethods, {}, {}};
const ObjectKind kServiceKind{kServiceMethods, kServiceProperties, kServiceSignals};
const ObjectKind kCollectionKind{kCollectionMethods, kCollectionProperties, kCollectionSignals};
const ObjectKind kItemKind{kItemMethods, kItemProperties, {}};
const ObjectKind kSessionKind{kSessionMethods, {}, {}};
const ObjectKind kPromptKind{kPromptMethods, {}, kPromptSignals};

// "a{sv}s" into its single types.
std::vector<std::string> split_signature(const char* signature) {
  std::vector<std::string> out;
  DBusSignatureIter at;
  dbus_signature_iter_init(&at, signature);
  if (*signature == '\0') return out;
  do {
    const std::unique_ptr<char, void (*)(void*)> one(dbus_signature_iter_get_signature(&at),
                                                     dbus_free);
    out.emplace_back(one.get());
  } while (dbus_signature_iter_next(&at));
  return out;
}

std::string method_xml(const Method& method) {
  std::string xml = fmt::format("    <method name=\"{}\">\n", method.name);
  for (const auto& [signature, direction] :
       {std::pair{method.in, "in"}, std::pair{method.out, "out"}})
    for (const std::string& type : split_signature(signature))
      xml += fmt::format("      <arg type=\"{}\" direction=\"{}\"/>\n", type, direction);
  return xml + "    </method>\n";
}

std::string interface_xml(const ObjectKind& kind, std::string_view interface) {
  std::string xml = fmt::format("  <interface name=\"{}\">\n", interface);
  for (const Method& method : kind.methods)
    if (method.interface == interface) xml += method_xml(method);
  for (const Signal& signal : kind.signals)
    if (signal.interface == interface) {
      xml += fmt::format("    <signal name=\"{}\">\n", signal.name);
      for (const std::string& type : split_signature(signal.signature))
        xml += fmt::format("      <arg type=\"{}\"/>\n", type);
      xml += "    </signal>\n";
    }
  for (const Property& property : kind.properties)
    if (property.interface == interface)
      xml += fmt::format("    <property name=\"{}\" type=\"{}\" access=\"{}\"/>\n", property.name,
                         property.signature, property.writable ? "readwrite" : "read");
  if (interface == kProperties)
    xml +=
        "    <signal name=\"PropertiesChanged\">\n      <arg type=\"s\"/>\n      <arg "
        "type=\"a{sv}\"/>\n"
        "      <arg type=\"as\"/>\n    </signal>\n";
  return xml + "  </interface>\n";
}

}  // namespace

const ObjectKind* kind_of(const Path& path) {
  struct Kind {
    const ObjectKind* operator()(const UnknownPath&) const { return nullptr; }
    const ObjectKind* operator()(const ParentPath&) const { return &kParentKind; }
    const ObjectKind* operator()(const ServicePath&) const { return &kServiceKind; }
    const ObjectKind* operator()(const CollectionPath&) const { return &kCollectionKind; }
    const ObjectKind* operator()(const ItemPath&) const { return &kItemKind; }
    const ObjectKind* operator()(const SessionPath&) const { return &kSessionKind; }
    const ObjectKind* operator()(const PromptPath&) const { return &kPromptKind; }
  };
  return std::visit(Kind{}, path);
}

std::string introspect(const ObjectKind& kind, const std::vector<std::string>& children) {
  std::string xml =
      "<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n"
      " \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n<node>\n";
  std::vector<std::string_view> interfaces;
  for (const Method& method : kind.methods)
    if (std::find(interfaces.begin(), interfaces.end(), method.interface) == interfaces.end())
      interfaces.push_back(method.interface);
  for (const std::string_view interface : interfaces) xml += interface_xml(kind, interface);
  for (const std::string& child : children) xml += fmt::format("  <node name=\"{}\"/>\n", child);
  return xml + "</node>\n";
}

}  // namespace frontend
