#include "frontend/bus.h"

#include <algorithm>
#include <cstdlib>

#include "frontend/names.h"

namespace frontend {
namespace {

constexpr long kMaxMessage = 16L * 1024 * 1024;     // bytes
constexpr long kMaxReceived = 32L * 1024 * 1024;    // of unhandled messages, then we stop reading
constexpr long kMaxDescriptors = 64;                // of unhandled messages, then we stop reading
constexpr int kTimeout = 10'000;                    // ms, of the bus's answers at start-up
constexpr const char* kScour = "org.coffer.Scour";  // nobody listens to it: see Bus::scour
constexpr const char* kGoneRule =
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
    "member='NameOwnerChanged',arg2=''";

struct BusError : DBusError {
  BusError() { dbus_error_init(this); }
  ~BusError() { dbus_error_free(this); }
  base::Failure<base::Error> failure(const std::string& what) const {
    return base::fail(base::Code::unavailable, what + ": " + (message ? message : "unknown error"));
  }
};

std::string session_bus_address() {
  if (const char* address = std::getenv("DBUS_SESSION_BUS_ADDRESS")) return address;
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"))
    return std::string("unix:path=") + runtime + "/bus";
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Bus>> Bus::open() {
  const std::string address = session_bus_address();
  if (address.empty())
    return base::fail(base::Code::unavailable,
                      "there is no session bus (DBUS_SESSION_BUS_ADDRESS is not set)");
  if (!address.starts_with("unix:"))
    return base::fail(base::Code::not_supported,
                      "the session bus is not a local socket: " + address);
  BusError error;
  DBusConnection* connection = dbus_connection_open_private(address.c_str(), &error);
  if (!connection) return error.failure("cannot reach the session bus at " + address);
  dbus_connection_set_exit_on_disconnect(connection, FALSE);
  dbus_connection_set_max_message_size(connection, kMaxMessage);
  dbus_connection_set_max_received_size(connection, kMaxReceived);
  dbus_connection_set_max_received_unix_fds(connection, kMaxDescriptors);
  // Otherwise libdbus answers GetMachineId itself, from a file.
  dbus_connection_set_route_peer_messages(connection, TRUE);
  return std::unique_ptr<Bus>(new Bus(connection));
}

Bus::~Bus() {
  dbus_connection_set_watch_functions(connection_, nullptr, nullptr, nullptr, nullptr, nullptr);
  dbus_connection_close(connection_);
  dbus_connection_unref(connection_);
}

base::Outcome Bus::sign_on() {
  BusError error;
  if (!dbus_bus_register(connection_, &error))
    return error.failure("cannot sign on to the session bus");
  return base::Ok{};
}

base::Result<bool> Bus::request_name(const char* name, bool replace) {
  BusError error;
  name_ = name;
  const unsigned flags = DBUS_NAME_FLAG_ALLOW_REPLACEMENT | DBUS_NAME_FLAG_DO_NOT_QUEUE |
                         (replace ? unsigned{DBUS_NAME_FLAG_REPLACE_EXISTING} : 0U);
  const int answer = dbus_bus_request_name(connection_, name, flags, &error);
  if (answer < 0) return error.failure("cannot ask for the name " + name_);
  return answer == DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER ||
         answer == DBUS_REQUEST_NAME_REPLY_ALREADY_OWNER;
}

Message Bus::ask_daemon(const char* method, const std::string& argument) {
  Message call(
      dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, method));
  Writer(call).text(argument);
  BusError error;
  return Message(
      dbus_connection_send_with_reply_and_block(connection_, call.get(), kTimeout, &error));
}

Bus::Owner Bus::owner_of_name() {
  Owner owner;
  if (const Message reply = ask_daemon("GetNameOwner", name_))
    owner.unique_name = Reader(reply).text();
  if (owner.unique_name.empty()) return owner;
  if (const Message reply = ask_daemon("GetConnectionUnixProcessID", owner.unique_name)) {
    dbus_uint32_t pid = 0;
    dbus_message_get_args(reply.get(), nullptr, DBUS_TYPE_UINT32, &pid, DBUS_TYPE_INVALID);
    owner.pid = pid;
  }
  return owner;
}

std::string Bus::follow(const std::string& name) {
  const std::string rule =
      "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
      "member='NameOwnerChanged',arg0='" +
      name + "'";
  dbus_bus_add_match(connection_, rule.c_str(), nullptr);  // before we ask
  const Message reply = ask_daemon("GetNameOwner", name);
  return reply ? Reader(reply).text() : "";
}

base::Outcome Bus::serve(base::EventLoop& loop, Handlers handlers) {
  loop_ = &loop;
  handlers_ = std::move(handlers);
  dbus_connection_add_filter(
      connection_,
      [](DBusConnection*, DBusMessage* message, void* self) {
        return static_cast<Bus*>(self)->filter(message);
      },
      this, nullptr);
  const auto add = [](DBusWatch* watch, void* self) -> dbus_bool_t {
    const int fd = dbus_watch_get_unix_fd(watch);
    static_cast<Bus*>(self)->watches_[fd].push_back(watch);
    static_cast<Bus*>(self)->watch_changed(fd);
    return TRUE;
  };
  const auto remove = [](DBusWatch* watch, void* self) {
    const int fd = dbus_watch_get_unix_fd(watch);
    std::erase(static_cast<Bus*>(self)->watches_[fd], watch);
    static_cast<Bus*>(self)->watch_changed(fd);
  };
  const auto toggle = [](DBusWatch* watch, void* self) {
    static_cast<Bus*>(self)->watch_changed(dbus_watch_get_unix_fd(watch));
  };
  if (!dbus_connection_set_watch_functions(connection_, add, remove, toggle, this, nullptr))
    return base::fail(base::Code::internal, "no memory for the bus connection");
  dbus_bus_add_match(connection_, kGoneRule, nullptr);
  return base::Ok{};
}

void Bus::set_open(bool open) {
  open_ = open;
  if (open) loop_->defer([this] { dispatch(); });
}

// One registration serves libdbus's reading and writing watch of a socket.
void Bus::watch_changed(int fd) {
  std::uint32_t wanted = 0;
  for (DBusWatch* watch : watches_[fd]) {
    if (!dbus_watch_get_enabled(watch)) continue;
    const unsigned flags = dbus_watch_get_flags(watch);
    wanted |= (flags & DBUS_WATCH_READABLE ? std::uint32_t{EPOLLIN} : 0) |
              (flags & DBUS_WATCH_WRITABLE ? std::uint32_t{EPOLLOUT} : 0);
  }
  const auto at = watched_.find(fd);
  if (watches_[fd].empty()) {
    watches_.erase(fd);
    if (at == watched_.end()) return;
    loop_->unwatch(fd);
    watched_.erase(at);
  } else if (at == watched_.end()) {
    if (loop_->watch(fd, wanted, [this, fd](std::uint32_t events) { on_events(fd, events); }))
      watched_[fd] = wanted;
  } else if (at->second != wanted) {
    loop_->change(fd, wanted);
    at->second = wanted;
  }
}

void Bus::on_events(int fd, std::uint32_t events) {
  unsigned flags = 0;
  if (events & EPOLLIN) flags |= DBUS_WATCH_READABLE;
  if (events & EPOLLOUT) flags |= DBUS_WATCH_WRITABLE;
  if (events & EPOLLERR) flags |= DBUS_WATCH_ERROR;
  if (events & EPOLLHUP) flags |= DBUS_WATCH_HANGUP;
  const auto at = watches_.find(fd);
  if (at == watches_.end()) return;
  const auto watches = at->second;  // handling one may remove another
  for (DBusWatch* watch : watches) {
    const auto now = watches_.find(fd);
    if (now == watches_.end() ||
        std::find(now->second.begin(), now->second.end(), watch) == now->second.end())
      continue;
    const unsigned mine =
        flags & (dbus_watch_get_flags(watch) | DBUS_WATCH_ERROR | DBUS_WATCH_HANGUP);
    if (mine && dbus_watch_get_enabled(watch)) dbus_watch_handle(watch, mine);
  }
  dispatch();
}

void Bus::dispatch() {
  while (open_ && dbus_connection_dispatch(connection_) == DBUS_DISPATCH_DATA_REMAINS) {
  }
  if (!dbus_connection_get_is_connected(connection_) && handlers_.on_disconnected)
    std::exchange(handlers_.on_disconnected, nullptr)();
}

// libdbus keeps the last messages that were freed, to use their memory again, and never clears the
// buffer that it reads into (which it shrinks to 2 KiB whenever it is empty). The heap wipes what
// is given back, so both are made to give back, or to hold, something else.
void Bus::scour() {
  constexpr std::size_t kMostCached = 16;           // libdbus 1.14 keeps 5
  constexpr std::size_t kTooLargeToCache = 10'240;  // bytes, MAX_MESSAGE_SIZE_TO_CACHE
  static const base::Bytes filler(kTooLargeToCache);
  std::vector<Message> cached(kMostCached);
  for (Message& message : cached) {
    message = Message::signal("/", kScour, "Filler");
    Writer(message).byte_array(filler);
  }
  dbus_message_set_destination(cached.back().get(), dbus_bus_get_unique_name(connection_));
  send(cached.back());
}

// --- Calls of ours ------------------------------------------------------------------------------

void Bus::call(const Message& request, std::chrono::milliseconds timeout, OnReply done) {
  dbus_uint32_t serial = 0;
  if (!dbus_connection_send(connection_, request.get(), &serial))
    return done(base::fail(base::Code::unavailable, "no memory for a message"));
  const char* destination = dbus_message_get_destination(request.get());
  const auto timer = loop_->after(timeout, [this, serial] {
    finish_call(serial, base::fail(base::Code::unavailable, "no answer in time"));
  });
  waiting_[serial] = {destination, std::move(done), timer};
}

void Bus::on_reply(const Message& reply) {
  const auto at = waiting_.find(dbus_message_get_reply_serial(reply.get()));
  if (at == waiting_.end()) return;
  if (reply.sender() != at->second.destination && reply.sender() != DBUS_SERVICE_DBUS) return;
  if (dbus_message_get_type(reply.get()) == DBUS_MESSAGE_TYPE_METHOD_RETURN)
    return finish_call(at->first, Message::share(reply.get()));
  const char* name = dbus_message_get_error_name(reply.get());
  const std::string text = reply.signature().starts_with('s') ? Reader(reply).text() : "";
  finish_call(at->first, base::fail(base::Code::unavailable,
                                    text.empty() ? std::string(name ? name : "an error") : text));
}

void Bus::finish_call(std::uint32_t serial, base::Result<Message> result) {
  auto call = waiting_.extract(serial);
  if (!call) return;
  loop_->cancel(call.mapped().timer);
  call.mapped().done(std::move(result));
}

base::Answer<base::Result<Message>> Bus::ask(Message request, std::chrono::milliseconds timeout) {
  auto held = std::make_shared<Message>(std::move(request));
  return base::Answer<base::Result<Message>>(
      [this, held, timeout](auto done) { this->call(*held, timeout, std::move(done)); });
}

base::Task<base::Result<std::string>> Bus::ask_for_owner(std::string name,
                                                         std::chrono::milliseconds timeout) {
  const auto owner = [&] {
    Message get =
        Message::call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "GetNameOwner");
    Writer(get).text(name);
    return get;
  };
  auto running = co_await ask(owner(), timeout);
  if (!running) {
    Message start =
        Message::call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "StartServiceByName");
    Writer(start).text(name).number32(0);
    if (auto started = co_await ask(std::move(start), timeout); !started)
      co_return base::fail(started.error());
    running = co_await ask(owner(), timeout);
  }
  if (!running) co_return base::fail(running.error());
  co_return Reader(*running).text();
}

base::Task<base::Result<std::uint32_t>> Bus::ask_for_process(std::string unique_name) {
  Message get = Message::call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS,
                              "GetConnectionUnixProcessID");
  Writer(get).text(unique_name);
  auto reply = co_await ask(std::move(get), std::chrono::milliseconds(kTimeout));
  if (!reply) co_return base::fail(reply.error());
  dbus_uint32_t pid = 0;
  if (!dbus_message_get_args(reply->get(), nullptr, DBUS_TYPE_UINT32, &pid, DBUS_TYPE_INVALID))
    co_return base::fail(base::Code::unavailable, "a malformed answer");
  co_return pid;
}

DBusHandlerResult Bus::filter(DBusMessage* raw) {
  const Message message = Message::share(raw);
  if (dbus_message_get_type(raw) == DBUS_MESSAGE_TYPE_METHOD_CALL) {
    handlers_.on_call(Message::share(raw));
    return DBUS_HANDLER_RESULT_HANDLED;
  }
  if (const int type = dbus_message_get_type(raw);
      type == DBUS_MESSAGE_TYPE_METHOD_RETURN || type == DBUS_MESSAGE_TYPE_ERROR)
    return on_reply(message), DBUS_HANDLER_RESULT_HANDLED;
  if (dbus_message_is_signal(raw, DBUS_INTERFACE_DBUS, "NameOwnerChanged") &&
      message.sender() == DBUS_SERVICE_DBUS) {
    Reader reader(message);
    const std::string name = reader.text();
    reader.text();  // who had it
    const std::string owner = reader.text();
    if (name.starts_with(':'))
      handlers_.on_client_gone(name);
    else if (handlers_.on_owner_changed && reader.ok())
      handlers_.on_owner_changed(name, owner);
  }
  if (dbus_message_is_signal(raw, DBUS_INTERFACE_DBUS, "NameLost") &&
      message.sender() == DBUS_SERVICE_DBUS && Reader(message).text() == name_)
    handlers_.on_name_lost();
  return DBUS_HANDLER_RESULT_HANDLED;
}

}  // namespace frontend
