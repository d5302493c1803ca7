// One login's connection: a request in, an answer out.
#pragma once

#include <functional>
#include <memory>

#include "vault/login_request.h"
#include "vault/vault.h"

namespace vault {

// Reads one request into the arena, has the vault act on it, answers, and closes the connection.
// Who sends nothing whole within five seconds, or no request at all, is left without an answer. A
// request that came whole is acted on even when its sender has gone. The object keeps itself alive
// until `done` was called.
class LoginExchange : public std::enable_shared_from_this<LoginExchange> {
 public:
  // `connection`: a stream socket that does not block. `vouched_for`: the sender is root, who
  // checked the password before.
  static void serve(Vault& vault, base::UniqueFd connection, LoginProtocol protocol,
                    bool vouched_for, std::function<void()> done);

 private:
  LoginExchange(Vault& vault, base::UniqueFd connection, LoginProtocol protocol, bool vouched_for,
                SecretBytes buffer, std::function<void()> done);
  void on_readable();
  void act();
  void answer(login::Result result);
  void finish();

  Vault& vault_;
  base::UniqueFd connection_;
  const LoginProtocol protocol_;
  const bool vouched_for_;
  SecretBytes buffer_;
  std::size_t used_ = 0;
  base::EventLoop::Timer patience_{};
  std::function<void()> done_;
};

}  // namespace vault
