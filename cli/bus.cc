#include "cli/bus.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace cli {
namespace {

// ms. Deriving a key from a password takes long on purpose, and longer on a small machine.
constexpr int kTimeout = 120'000;

struct BusError {
  BusError() { dbus_error_init(&raw); }
  ~BusError() { dbus_error_free(&raw); }
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  base::Error translated() const { return error_from(raw.name, raw.message); }
  DBusError raw;
};

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  for (std::string_view each : names)
    if (name == each) return true;
  return false;
}

Message bus_method(const char* method) {
  return Message::call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, method);
}

bool is_signal(const Message& message, const char* interface, const char* name) {
  return dbus_message_is_signal(message.get(), interface, name);
}

}  // namespace

base::Error error_from(std::string_view name, std::string_view message) {
  using base::Code;
  if (name == "org.freedesktop.Secret.Error.IsLocked")
    return {Code::locked, "it is locked; \"coffer unlock\" opens it"};
  if (name == "org.freedesktop.Secret.Error.NoSession")
    return {Code::no_such_session, "the service no longer knows the session; try again"};
  if (name == "org.gnome.keyring.Error.Denied")
    return {Code::wrong_password, "the password is wrong; nothing was changed, try again"};
  if (is_any_of(name, {"org.freedesktop.Secret.Error.NoSuchObject", DBUS_ERROR_UNKNOWN_METHOD,
                       DBUS_ERROR_UNKNOWN_OBJECT, DBUS_ERROR_UNKNOWN_INTERFACE}))
    return {Code::no_such_item, "there is no such collection or item"};
  if (name == DBUS_ERROR_NOT_SUPPORTED)
    return {Code::not_supported, fmt::format("the service cannot do this: {}", message)};
  if (name == DBUS_ERROR_ACCESS_DENIED)
    return {Code::denied, fmt::format("the service refuses: {}", message)};
  if (is_any_of(name, {DBUS_ERROR_SERVICE_UNKNOWN, DBUS_ERROR_NAME_HAS_NO_OWNER}))
    return {Code::unavailable,
            "no program serves secrets on this session bus; start cofferd, or another provider"};
  if (name == DBUS_ERROR_LIMITS_EXCEEDED)
    return {Code::limits_exceeded,
            fmt::format("it is too much for the service ({}); try again, or with less", message)};
  if (name == DBUS_ERROR_NO_REPLY)
    return {Code::unavailable, "the service did not answer; it may have stopped"};
  if (is_any_of(name, {DBUS_ERROR_DISCONNECTED, DBUS_ERROR_NO_SERVER, DBUS_ERROR_TIMEOUT}) ||
      name.starts_with("org.freedesktop.DBus.Error.Spawn"))
    return {Code::unavailable, fmt::format("the service cannot be reached: {}", message)};
  return {Code::internal, fmt::format("the service answered: {}", message)};
}

base::Failure<base::Error> unreadable() {
  return base::fail(base::Code::internal, "the service's answer makes no sense");
}

base::Result<Bus> Bus::connect(const std::string& address) {
  BusError error;
  if (address.empty()) {
    Connection connection(dbus_bus_get_private(DBUS_BUS_SESSION, &error.raw));
    if (!connection)
      return base::fail(base::Code::unavailable,
                        fmt::format("there is no session bus to reach ({}); is "
                                    "DBUS_SESSION_BUS_ADDRESS set?",
                                    error.raw.message));
    dbus_connection_set_exit_on_disconnect(connection.get(), false);
    return Bus(std::move(connection));
  }
  Connection connection(dbus_connection_open_private(address.c_str(), &error.raw));
  if (!connection || !dbus_bus_register(connection.get(), &error.raw))
    return base::fail(base::Code::unavailable, fmt::format("the bus at {} cannot be reached: {}",
                                                           address, error.raw.message));
  dbus_connection_set_exit_on_disconnect(connection.get(), false);
  return Bus(std::move(connection));
}

Message Bus::new_call(const std::string& path, const char* interface, const char* method) const {
  return Message::call(peer_, path.c_str(), interface, method);
}

base::Result<Message> Bus::call_bus(const char* method, const std::string& argument) {
  Message call = bus_method(method);
  Writer(call).text(argument);
  return this->call(call);
}

base::Result<std::optional<std::string>> Bus::owner(const std::string& name) {
  auto owned = call_bus("NameHasOwner", name);
  if (!owned) return base::fail(owned.error());
  if (!Reader(*owned).boolean()) return std::optional<std::string>{};
  auto reply = call_bus("GetNameOwner", name);
  if (!reply) return base::fail(reply.error());
  return std::optional(Reader(*reply).text());
}

base::Result<std::string> Bus::id() {
  auto reply = call(bus_method("GetId"));
  if (!reply) return base::fail(reply.error());
  return Reader(*reply).text();
}

base::Result<bool> Bus::can_reach(const std::string& name) {
  auto owned = call_bus("NameHasOwner", name);
  if (!owned) return base::fail(owned.error());
  if (Reader(*owned).boolean()) return true;
  auto reply = call(bus_method("ListActivatableNames"));
  if (!reply) return base::fail(reply.error());
  const std::vector<std::string> activatable = Reader(*reply).texts();
  return std::find(activatable.begin(), activatable.end(), name) != activatable.end();
}

base::Outcome Bus::start_provider() {
  Message call = bus_method("StartServiceByName");
  constexpr std::uint32_t no_flags = 0;
  Writer(call).text(names::kBusName).number32(no_flags);
  auto reply = this->call(call);
  if (!reply) return base::fail(reply.error());
  return base::Ok{};
}

base::Result<Message> Bus::call(const Message& call) {
  BusError error;
  Message reply(dbus_connection_send_with_reply_and_block(connection_.get(), call.get(), kTimeout,
                                                          &error.raw));
  if (!reply) return base::fail(error.translated());
  return reply;
}

base::Result<Message> Bus::answer_to(DBusPendingCall* pending) {
  dbus_pending_call_block(pending);
  Message reply(dbus_pending_call_steal_reply(pending));
  BusError error;
  if (dbus_set_error_from_message(&error.raw, reply.get())) return base::fail(error.translated());
  return reply;
}

std::vector<base::Result<Message>> Bus::call_all(const std::vector<Message>& calls) {
  constexpr std::size_t kAhead = 32;
  struct Unref {
    void operator()(DBusPendingCall* pending) const { dbus_pending_call_unref(pending); }
  };
  std::deque<std::unique_ptr<DBusPendingCall, Unref>> waiting;
  std::vector<base::Result<Message>> answers;
  for (std::size_t sent = 0; answers.size() < calls.size();) {
    while (sent < calls.size() && waiting.size() < kAhead) {
      DBusPendingCall* pending = nullptr;
      dbus_connection_send_with_reply(connection_.get(), calls[sent++].get(), &pending, kTimeout);
      waiting.emplace_back(pending);  // none when the connection is gone
    }
    if (waiting.front())
      answers.push_back(answer_to(waiting.front().get()));
    else
      answers.push_back(base::fail(error_from(DBUS_ERROR_DISCONNECTED, "it has gone")));
    waiting.pop_front();
  }
  return answers;
}

base::Outcome Bus::listen_to(const std::string& rule) {
  auto reply = call_bus("AddMatch", rule);
  if (!reply) return base::fail(reply.error());
  return base::Ok{};
}

base::Result<Message> Bus::prompt(const std::string& path) {
  // Listened to before the prompt begins: it may end at once.
  for (const std::string& rule :
       {fmt::format("type='signal',sender='{}',path='{}',interface='{}'", peer_, path,
                    names::kPrompt),
        fmt::format("type='signal',sender='{}',member='NameOwnerChanged',arg0='{}'",
                    DBUS_SERVICE_DBUS, peer_)})
    if (auto listening = listen_to(rule); !listening) return base::fail(listening.error());
  Message start = new_call(path, names::kPrompt, "Prompt");
  Writer(start).text("");  // no window of ours to be above
  if (auto started = call(start); !started) return base::fail(started.error());
  return wait_for_completion(path);
}

base::Result<Message> Bus::wait_for_completion(const std::string& path) {
  const auto gone = [] {
    return base::fail(base::Code::unavailable, "the service stopped while it asked the user");
  };
  while (true) {
    Message message(dbus_connection_pop_message(connection_.get()));
    if (!message) {
      if (!dbus_connection_read_write(connection_.get(), -1)) return gone();
      continue;
    }
    if (is_signal(message, DBUS_INTERFACE_DBUS, "NameOwnerChanged") &&
        message.sender() == DBUS_SERVICE_DBUS && Reader(message).text() == peer_)
      return gone();
    // Anybody on the bus can send a signal: only the provider's own counts.
    if (!is_signal(message, names::kPrompt, "Completed") || message.sender() != peer_ ||
        message.path() != path)
      continue;
    if (Reader(message).boolean())
      return base::fail(
          base::Code::locked,
          "the prompt was dismissed, or nothing here can show one: \"coffer doctor\" says why");
    return message;
  }
}

}  // namespace cli
