// One login's connection: a request in, an answer out.
#pragma once

#include <memory>

#include "vault/login_request.h"
#include "vault/vault.h"

namespace vault {

// Reads one request into the arena, has the vault act on it, answers, and closes the connection.
// Who sends nothing whole within five seconds, or no request at all, is left without an answer. A
// request that came whole is acted on even when its sender has gone. The object lives until then.
class LoginExchange : public std::enable_shared_from_this<LoginExchange> {
 public:
  // `connection`: a stream socket that does not block. `vouched_for`: the sender is root, who
  // checked the password before. What has arrived is read at once. Expires when it has ended.
  static std::weak_ptr<LoginExchange> begin(Vault& vault, base::UniqueFd connection,
                                            LoginProtocol protocol, bool vouched_for);

  // The request is not here as a whole.
  bool is_reading() const { return reading_; }
  // Ends it without an answer.
  void finish();

 private:
  LoginExchange(Vault& vault, base::UniqueFd connection, LoginProtocol protocol, bool vouched_for,
                SecretBytes buffer);
  void on_readable();
  void act();
  void answer(login::Result result);

  Vault& vault_;
  base::UniqueFd connection_;
  const LoginProtocol protocol_;
  const bool vouched_for_;
  bool reading_ = true;
  SecretBytes buffer_;
  std::size_t used_ = 0;
  base::EventLoop::Timer patience_{};
};

}  // namespace vault
