// Where logins tell their passwords: each connection goes to the vault unread. The broker hears
// them because it alone can say who connected, and is believed by the vault: the frontend cannot
// pass off a connection of its own as root's.
#pragma once

#include "base/event_loop.h"
#include "broker/introductions.h"
#include "broker/login_socket.h"

namespace broker {

class Logins {
 public:
  Logins(base::EventLoop& loop, Introductions& introductions, LoginSockets sockets);
  ~Logins();
  Logins(const Logins&) = delete;
  Logins& operator=(const Logins&) = delete;

  // Who connected before waits in the kernel's queue.
  void listen();
  bool can_unlock() const { return sockets_.own.valid(); }

 private:
  void listen_on(const base::UniqueFd& listener, ipc::LoginProtocol protocol);
  void accept_from(int listener, ipc::LoginProtocol protocol);

  base::EventLoop& loop_;
  Introductions& introductions_;
  const LoginSockets sockets_;
};

}  // namespace broker
