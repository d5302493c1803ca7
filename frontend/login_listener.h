// Where logins tell their passwords: each connection goes to the vault unread.
#pragma once

#include "base/event_loop.h"
#include "frontend/vault_link.h"

namespace frontend {

class LoginListener {
 public:
  // `listener` is a listening Unix socket that does not block.
  LoginListener(base::EventLoop& loop, VaultLink& vault, base::UniqueFd listener,
                ipc::LoginProtocol protocol);
  ~LoginListener();
  LoginListener(const LoginListener&) = delete;
  LoginListener& operator=(const LoginListener&) = delete;

  void listen();
  void pause();

 private:
  void on_connection();

  base::EventLoop& loop_;
  VaultLink& vault_;
  base::UniqueFd listener_;
  const ipc::LoginProtocol protocol_;
};

}  // namespace frontend
