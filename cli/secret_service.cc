#include "cli/secret_service.h"

#include "cli/random.h"

namespace cli {
namespace {

constexpr const char* kServicePath = "/org/freedesktop/secrets";
constexpr const char* kService = "org.freedesktop.Secret.Service";
constexpr const char* kCollection = "org.freedesktop.Secret.Collection";
constexpr const char* kItem = "org.freedesktop.Secret.Item";
constexpr const char* kInternal = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
constexpr const char* kCollectionLabel = "org.freedesktop.Secret.Collection.Label";
constexpr const char* kItemLabel = "org.freedesktop.Secret.Item.Label";
constexpr const char* kItemAttributes = "org.freedesktop.Secret.Item.Attributes";
constexpr const char* kNothing = "/";  // the path that stands for none

base::Failure<base::Error> unreadable() {
  return base::fail(base::Code::internal, "the service's answer makes no sense");
}

void append_label(Writer& dictionary, const char* property, const std::string& label) {
  dictionary.entry(property, "s", [&](Writer& value) { value.text(label); });
}

// Of providers without gnome-keyring's interface, so that the words fit what was asked for.
base::Error without_prompt_error(const base::Error& error) {
  if (error.code != base::Code::no_such_item) return error;
  return {base::Code::not_supported,
          "the service takes no password this way, or the collection is gone"};
}

}  // namespace

bool is_path(const std::string& text) {
  return base::is_utf8(text) && dbus_validate_path(text.c_str(), nullptr);
}

std::string collection_of(const std::string& item_path) {
  return item_path.substr(0, item_path.rfind('/'));
}

base::Result<SecretService> SecretService::connect(bool start) {
  auto bus = Bus::connect();
  if (!bus) return base::fail(bus.error());
  auto owner = bus->owner();
  if (owner && !*owner && start) {
    if (auto started = bus->start_provider(); !started) return base::fail(started.error());
    owner = bus->owner();
  }
  if (!owner) return base::fail(owner.error());
  if (!*owner) return base::fail(error_from(DBUS_ERROR_NAME_HAS_NO_OWNER, ""));
  bus->talk_to(**owner);
  return SecretService(*std::move(bus));
}

base::Result<Provider> SecretService::provider() {
  auto owner = bus_.owner();
  if (!owner) return base::fail(owner.error());
  if (!*owner) return base::fail(error_from(DBUS_ERROR_NAME_HAS_NO_OWNER, ""));
  auto pid = bus_.call_bus("GetConnectionUnixProcessID", **owner);
  if (!pid) return base::fail(pid.error());
  return Provider{**owner, static_cast<pid_t>(Reader(*pid).small_number())};
}

// Sessions

base::Outcome SecretService::open_session() {
  if (session_) return base::Ok{};
  auto opened = open_encrypted_session();
  // Only this answer means that the provider knows no encryption. Any other failure must not make
  // secrets cross the bus in the open.
  if (!opened && opened.error().code == base::Code::not_supported) opened = open_plain_session();
  if (!opened) return base::fail(opened.error());
  session_ = *std::move(opened);
  return base::Ok{};
}

base::Result<SecretService::Session> SecretService::open_encrypted_session() {
  Secret exponent = Secret::zeros(kExponentSize);
  fill_random(exponent.writable());
  const Message call = bus_.new_call(kServicePath, kService, "OpenSession");
  Writer(call).text("dh-ietf1024-sha256-aes128-cbc-pkcs7").variant("ay", [&](Writer& value) {
    value.bytes(public_key(exponent));
  });
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  base::Bytes peer;
  at.inside([&](Reader& value) { peer = value.bytes(); });
  std::string path = at.text();
  if (!at.ok()) return unreadable();
  auto key = session_key(peer, exponent);
  if (!key) return base::fail(key.error());
  return Session{std::move(path), *std::move(key)};
}

base::Result<SecretService::Session> SecretService::open_plain_session() {
  const Message call = bus_.new_call(kServicePath, kService, "OpenSession");
  Writer(call).text("plain").variant("s", [](Writer& value) { value.text(""); });
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  at.inside([](Reader& value) { value.text(); });
  std::string path = at.text();
  if (!at.ok()) return unreadable();
  return Session{std::move(path), {}};
}

base::Result<bool> SecretService::is_encrypted() {
  if (auto session = open_session(); !session) return base::fail(session.error());
  return !session_->key.empty();
}

// The session is open already: the public methods see to that first.
void SecretService::append_secret(Writer& at, base::ByteView secret,
                                  const std::string& content_type) const {
  const bool plain = session_->key.empty();
  const Sealed sealed = plain ? Sealed{{}, base::copy_of(secret)} : seal(session_->key, secret);
  at.within(DBUS_TYPE_STRUCT, nullptr, [&](Writer& fields) {
    fields.path(session_->path).bytes(sealed.parameters).bytes(sealed.value).text(content_type);
  });
}

base::Result<SecretValue> SecretService::secret(const std::string& item) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  const Message call = bus_.new_call(item, kItem, "GetSecret");
  Writer(call).path(session_->path);
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  Sealed sealed;
  SecretValue value;
  at.inside([&](Reader& fields) {
    fields.text();
    sealed.parameters = fields.bytes();
    sealed.value = fields.bytes();
    value.content_type = fields.text();
  });
  if (!at.ok()) return unreadable();
  if (session_->key.empty()) {
    value.bytes = Secret(sealed.value);
    return value;
  }
  auto opened = open(session_->key, sealed);
  if (!opened) return base::fail(opened.error());
  value.bytes = *std::move(opened);
  return value;
}

// Properties

template <class F>
base::Outcome SecretService::read_properties(const std::string& path, const char* interface,
                                             F&& read) {
  const Message call = bus_.new_call(path, kProperties, "GetAll");
  Writer(call).text(interface);
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  at.each([&](Reader& element) {
    element.inside([&](Reader& entry) {
      const std::string name = entry.text();
      entry.inside([&](Reader& value) { read(name, value); });
    });
  });
  if (!at.ok()) return unreadable();
  return base::Ok{};
}

template <class F>
base::Outcome SecretService::set_property(const std::string& path, const char* interface,
                                          const char* name, const char* signature, F&& fill) {
  const Message call = bus_.new_call(path, kProperties, "Set");
  Writer(call).text(interface).text(name).variant(signature, std::forward<F>(fill));
  return send(call);
}

base::Result<std::vector<std::string>> SecretService::collections() {
  std::vector<std::string> paths;
  auto read = read_properties(kServicePath, kService, [&](const std::string& name, Reader& value) {
    if (name == "Collections") paths = value.texts();
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
    if (name == "Items") found.items = value.texts();
  });
  if (!read) return base::fail(read.error());
  return found;
}

base::Result<Item> SecretService::item(const std::string& path) {
  Item found{.path = path, .label = {}, .attributes = {}};
  auto read = read_properties(path, kItem, [&](const std::string& name, Reader& value) {
    if (name == "Label") found.label = value.text();
    if (name == "Attributes") found.attributes = value.attributes();
    if (name == "Locked") found.locked = value.boolean();
    if (name == "Created") found.created = value.number();
    if (name == "Modified") found.modified = value.number();
  });
  if (!read) return base::fail(read.error());
  return found;
}

base::Outcome SecretService::set_item_label(const std::string& item, const std::string& label) {
  return set_property(item, kItem, "Label", "s", [&](Writer& value) { value.text(label); });
}

base::Outcome SecretService::set_attributes(const std::string& item, const Attributes& attributes) {
  return set_property(item, kItem, "Attributes", "a{ss}",
                      [&](Writer& value) { value.attributes(attributes); });
}

base::Outcome SecretService::rename_collection(const std::string& collection,
                                               const std::string& label) {
  return set_property(collection, kCollection, "Label", "s",
                      [&](Writer& value) { value.text(label); });
}

// Methods

base::Outcome SecretService::send(const Message& call) {
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  return base::Ok{};
}

base::Outcome SecretService::finish(const std::string& prompt) {
  if (prompt == kNothing) return base::Ok{};
  auto completed = bus_.prompt(prompt);
  if (!completed) return base::fail(completed.error());
  return base::Ok{};
}

base::Result<Found> SecretService::search(const Attributes& attributes) {
  const Message call = bus_.new_call(kServicePath, kService, "SearchItems");
  Writer(call).attributes(attributes);
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  Found found;
  found.unlocked = at.texts();
  found.locked = at.texts();
  if (!at.ok()) return unreadable();
  return found;
}

base::Result<std::string> SecretService::read_alias(const std::string& alias) {
  const Message call = bus_.new_call(kServicePath, kService, "ReadAlias");
  Writer(call).text(alias);
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  return Reader(*reply).text();
}

base::Outcome SecretService::set_alias(const std::string& alias, const std::string& collection) {
  const Message call = bus_.new_call(kServicePath, kService, "SetAlias");
  Writer(call).text(alias).path(collection);
  return send(call);
}

base::Outcome SecretService::unlock(const std::vector<std::string>& paths) {
  const Message call = bus_.new_call(kServicePath, kService, "Unlock");
  Writer(call).paths(paths);
  return send_and_finish(call, 1);
}

base::Outcome SecretService::lock(const std::vector<std::string>& paths) {
  const Message call = bus_.new_call(kServicePath, kService, "Lock");
  Writer(call).paths(paths);
  return send_and_finish(call, 1);
}

base::Outcome SecretService::send_and_finish(const Message& call, int arrays_before) {
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  while (arrays_before-- > 0) at.texts();
  const std::string prompt = at.text();
  if (!at.ok()) return unreadable();
  return finish(prompt);
}

base::Result<std::string> SecretService::send_and_finish_with_path(const Message& call) {
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  std::string path = at.text();
  const std::string prompt = at.text();
  if (!at.ok()) return unreadable();
  if (prompt == kNothing) return path;
  auto completed = bus_.prompt(prompt);
  if (!completed) return base::fail(completed.error());
  Reader result(*completed);
  result.boolean();
  result.inside([&](Reader& value) { path = value.text(); });
  if (!result.ok()) return unreadable();
  return path;
}

base::Result<std::string> SecretService::create_collection(const std::string& label,
                                                           const std::string& alias) {
  const Message call = bus_.new_call(kServicePath, kService, "CreateCollection");
  Writer(call)
      .within(DBUS_TYPE_ARRAY, "{sv}",
              [&](Writer& properties) { append_label(properties, kCollectionLabel, label); })
      .text(alias);
  return send_and_finish_with_path(call);
}

base::Outcome SecretService::change_password(const std::string& collection) {
  const Message call = bus_.new_call(kServicePath, kInternal, "ChangeWithPrompt");
  Writer(call).path(collection);
  auto reply = bus_.call(call);
  if (!reply) return base::fail(without_prompt_error(reply.error()));
  return finish(Reader(*reply).text());
}

base::Result<std::string> SecretService::create_collection(const std::string& label,
                                                           const Secret& password) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  const Message call = bus_.new_call(kServicePath, kInternal, "CreateWithMasterPassword");
  Writer at(call);
  at.within(DBUS_TYPE_ARRAY, "{sv}",
            [&](Writer& properties) { append_label(properties, kCollectionLabel, label); });
  append_secret(at, password.view(), "text/plain");
  auto reply = bus_.call(call);
  if (!reply) return base::fail(without_prompt_error(reply.error()));
  return Reader(*reply).text();
}

base::Outcome SecretService::change_password(const std::string& collection, const Secret& old,
                                             const Secret& wanted) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  const Message call = bus_.new_call(kServicePath, kInternal, "ChangeWithMasterPassword");
  Writer at(call);
  at.path(collection);
  append_secret(at, old.view(), "text/plain");
  append_secret(at, wanted.view(), "text/plain");
  auto sent = send(call);
  if (!sent) return base::fail(without_prompt_error(sent.error()));
  return base::Ok{};
}

base::Outcome SecretService::unlock(const std::string& collection, const Secret& password) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  const Message call = bus_.new_call(kServicePath, kInternal, "UnlockWithMasterPassword");
  Writer at(call);
  at.path(collection);
  append_secret(at, password.view(), "text/plain");
  auto sent = send(call);
  if (!sent) return base::fail(without_prompt_error(sent.error()));
  return base::Ok{};
}

base::Result<std::string> SecretService::create_item(const std::string& collection,
                                                     const NewItem& item) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  const Message call = bus_.new_call(collection, kCollection, "CreateItem");
  Writer at(call);
  at.within(DBUS_TYPE_ARRAY, "{sv}", [&](Writer& properties) {
    append_label(properties, kItemLabel, item.label);
    properties.entry(kItemAttributes, "a{ss}",
                     [&](Writer& value) { value.attributes(item.attributes); });
  });
  append_secret(at, item.secret.bytes.view(), item.secret.content_type);
  at.boolean(item.replace);
  return send_and_finish_with_path(call);
}

base::Outcome SecretService::set_secret(const std::string& item, const SecretValue& secret) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  const Message call = bus_.new_call(item, kItem, "SetSecret");
  Writer at(call);
  append_secret(at, secret.bytes.view(), secret.content_type);
  return send(call);
}

base::Outcome SecretService::remove_item(const std::string& item) {
  return send_and_finish(bus_.new_call(item, kItem, "Delete"), 0);
}

base::Outcome SecretService::remove_collection(const std::string& collection) {
  return send_and_finish(bus_.new_call(collection, kCollection, "Delete"), 0);
}

}  // namespace cli
