// The connection to the session bus, in the event loop.
#pragma once

#include <functional>
#include <unordered_map>

#include "base/event_loop.h"
#include "base/result.h"
#include "base/task.h"
#include "frontend/message.h"

namespace frontend {

class Bus {
 public:
  struct Handlers {
    std::function<void(Message)> on_call;                    // a method call
    std::function<void(const std::string&)> on_client_gone;  // a unique name left the bus
    std::function<void()> on_name_lost;
    // A name that is followed has another owner; empty: none.
    std::function<void(const std::string& name, const std::string& owner)> on_owner_changed =
        nullptr;
    std::function<void()> on_disconnected;
  };
  struct Owner {
    std::string unique_name;
    std::uint32_t pid = 0;  // 0: unknown
  };

  // Opens the socket to the session bus; reads nothing from it. Only unix: addresses.
  static base::Result<std::unique_ptr<Bus>> open();
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // Authenticates and says Hello. Blocks; for start-up.
  base::Outcome sign_on();
  // True when the name is ours now. One for each connection. Blocks; for start-up.
  base::Result<bool> request_name(const char* name, bool replace);
  // Who has the name that we wanted. Blocks; for start-up.
  Owner owner_of_name();
  // The unique name of the owner of `name`, or nothing; on_owner_changed tells of each other. After
  // serve(). Blocks; for start-up.
  std::string follow(const std::string& name);

  base::Outcome serve(base::EventLoop& loop, Handlers handlers);
  // Calls are handed over only while it is open; they wait meanwhile.
  void set_open(bool open);
  // Calls a method of another client. `done` gets the answer of that client or of the bus, and of
  // nobody else; Code::unavailable, with the D-Bus error's words, when there is none in time.
  using OnReply = std::function<void(base::Result<Message>)>;
  void call(const Message& request, std::chrono::milliseconds timeout, OnReply done);
  base::Answer<base::Result<Message>> ask(Message request, std::chrono::milliseconds timeout);
  // The unique name of the owner of `name`, which is started if it can be.
  base::Task<base::Result<std::string>> ask_for_owner(std::string name,
                                                      std::chrono::milliseconds timeout);
  // The process behind a unique name.
  base::Task<base::Result<std::uint32_t>> ask_for_process(std::string unique_name);
  // True while much of what was sent has not left yet.
  bool is_behind() const { return dbus_connection_get_outgoing_size(connection_) > 256 * 1024; }
  // Overwrites what libdbus keeps of messages that are long answered. Takes a message to ourselves
  // and back, so it is over a moment later.
  void scour();
  void send(const Message& message) { dbus_connection_send(connection_, message.get(), nullptr); }

 private:
  explicit Bus(DBusConnection* connection) : connection_(connection) {}
  DBusHandlerResult filter(DBusMessage* message);
  void on_reply(const Message& reply);
  void finish_call(std::uint32_t serial, base::Result<Message> result);
  Message ask_daemon(const char* method, const std::string& argument);
  void watch_changed(int fd);
  void on_events(int fd, std::uint32_t events);
  void dispatch();

  DBusConnection* connection_;
  std::string name_;  // that we asked for
  base::EventLoop* loop_ = nullptr;
  Handlers handlers_;
  bool open_ = false;
  struct Waiting {
    std::string destination;
    OnReply done;
    base::EventLoop::Timer timer{};
  };
  std::unordered_map<std::uint32_t, Waiting> waiting_;  // by the request's serial number
  std::unordered_map<int, std::vector<DBusWatch*>> watches_;
  std::unordered_map<int, std::uint32_t> watched_;  // what the loop waits for
};

}  // namespace frontend
