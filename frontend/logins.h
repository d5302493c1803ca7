// The sockets on which logins are told: the broker has them, and they are heard while there is a
// vault to serve them.
#pragma once

#include <list>

#include "frontend/login_listener.h"
#include "ipc/control_protocol.h"

namespace frontend {

class Logins {
 public:
  using Broker = ipc::Client<ipc::control::Protocol>;

  Logins(base::EventLoop& loop, Broker& broker, VaultLink& vault)
      : loop_(loop), broker_(broker), vault_(vault) {}

  // Who connects while nobody listens waits in the kernel's queue.
  void listen();
  void pause();

 private:
  void take(ipc::LoginProtocol protocol);

  base::EventLoop& loop_;
  Broker& broker_;
  VaultLink& vault_;
  bool asked_ = false;
  std::list<LoginListener> listeners_;
};

}  // namespace frontend
