// The connection to the session bus, in the event loop.
#pragma once

#include <functional>
#include <unordered_map>

#include "base/event_loop.h"
#include "frontend/message.h"

namespace frontend {

class Bus {
 public:
  struct Handlers {
    std::function<void(Message)> on_call;                    // a method call
    std::function<void(const std::string&)> on_client_gone;  // a unique name left the bus
    std::function<void()> on_name_lost;
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
  // True when the name is ours now. Blocks; for start-up.
  base::Result<bool> request_name(bool replace);
  // Who has the name that we wanted. Blocks; for start-up.
  Owner owner_of_name();

  base::Outcome serve(base::EventLoop& loop, Handlers handlers);
  // Calls are handed over only while it is open; they wait meanwhile.
  void set_open(bool open);
  void send(const Message& message) { dbus_connection_send(connection_, message.get(), nullptr); }

 private:
  explicit Bus(DBusConnection* connection) : connection_(connection) {}
  DBusHandlerResult filter(DBusMessage* message);
  Message ask_daemon(const char* method, const std::string& argument);
  void watch_changed(int fd);
  void on_events(int fd, std::uint32_t events);
  void dispatch();

  DBusConnection* connection_;
  base::EventLoop* loop_ = nullptr;
  Handlers handlers_;
  bool open_ = false;
  std::unordered_map<int, std::vector<DBusWatch*>> watches_;
  std::unordered_map<int, std::uint32_t> watched_;  // what the loop waits for
};

}  // namespace frontend
