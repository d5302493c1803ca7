#include "cli/secret_service.h"

#include "cli/random.h"

namespace cli {

using namespace dbus::names;

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

base::Result<SecretService> SecretService::connect_to(const std::string& address,
                                                      const std::string& name) {
  auto bus = Bus::connect(address);
  if (!bus) return base::fail(bus.error());
  auto owner = bus->owner(name);
  if (!owner) return base::fail(owner.error());
  if (!*owner) return base::fail(base::Code::unavailable, "nobody on the bus has the name " + name);
  bus->talk_to(**owner);
  return SecretService(*std::move(bus));
}

base::Result<std::string> SecretService::bus_id() { return bus_.id(); }

base::Result<Provider> SecretService::provider() {
  auto owner = bus_.owner();
  if (!owner) return base::fail(owner.error());
  if (!*owner) return base::fail(error_from(DBUS_ERROR_NAME_HAS_NO_OWNER, ""));
  auto pid = bus_.call_bus("GetConnectionUnixProcessID", **owner);
  if (!pid) return base::fail(pid.error());
  return Provider{**owner, static_cast<pid_t>(Reader(*pid).number32())};
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
  Message call = bus_.new_call(kServicePath, kService, "OpenSession");
  Writer(call).text("dh-ietf1024-sha256-aes128-cbc-pkcs7").variant("ay", [&](Writer& value) {
    value.byte_array(public_key(exponent));
  });
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  base::Bytes peer;
  at.variant([&](Reader& value, std::string_view) { peer = value.byte_array(); });
  std::string path = at.path();
  if (!at.ok()) return unreadable();
  auto key = session_key(peer, exponent);
  if (!key) return base::fail(key.error());
  return Session{std::move(path), *std::move(key)};
}

base::Result<SecretService::Session> SecretService::open_plain_session() {
  Message call = bus_.new_call(kServicePath, kService, "OpenSession");
  Writer(call).text("plain").variant("s", [](Writer& value) { value.text(""); });
  auto reply = bus_.call(call);
  if (!reply) return base::fail(reply.error());
  Reader at(*reply);
  at.variant([](Reader&, std::string_view) {});  // nothing, by the specification
  std::string path = at.path();
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
  at.secret(session_->path, sealed.parameters, sealed.value, content_type);
}

base::Result<SecretValue> SecretService::secret(const std::string& item) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  auto reply = bus_.call(secret_call(item));
  if (!reply) return base::fail(reply.error());
  return opened_secret(*reply);
}

Message SecretService::secret_call(const std::string& item) const {
  Message call = bus_.new_call(item, kItem, "GetSecret");
  Writer(call).path(session_->path);
  return call;
}

base::Result<SecretValue> SecretService::opened_secret(const Message& reply) const {
  Reader at(reply);
  dbus::BusSecret received = at.secret();
  if (!at.ok()) return unreadable();
  const Sealed sealed{std::move(received.parameters), std::move(received.value)};
  SecretValue value;
  value.content_type = std::move(received.content_type);
  if (session_->key.empty()) {
    value.bytes = Secret(sealed.value);
    return value;
  }
  auto opened = open(session_->key, sealed);
  if (!opened) return base::fail(opened.error());
  value.bytes = *std::move(opened);
  return value;
}

// Many at a time

base::Result<std::vector<base::Result<SecretValue>>> SecretService::secrets(
    const std::vector<std::string>& items) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  std::vector<Message> calls;
  for (const std::string& item : items) calls.push_back(secret_call(item));
  std::vector<base::Result<SecretValue>> values;
  for (const auto& reply : bus_.call_all(calls)) {
    if (reply)
      values.push_back(opened_secret(*reply));
    else
      values.push_back(base::fail(reply.error()));
  }
  return values;
}

base::Result<std::vector<base::Result<std::string>>> SecretService::create_items(
    const std::string& collection, std::span<const NewItem> items) {
  if (auto session = open_session(); !session) return base::fail(session.error());
  std::vector<Message> calls;
  for (const NewItem& item : items) calls.push_back(create_call(collection, item));
  std::vector<base::Result<std::string>> paths;
  for (const auto& reply : bus_.call_all(calls)) paths.push_back(finish_with_path(reply));
  return paths;
}

}  // namespace cli
