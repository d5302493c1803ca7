// The logins that are being served, all at once.
#pragma once

#include <list>

#include "vault/login_exchange.h"

namespace vault {

// Sixteen at most. One that comes when there are as many takes the place of the oldest that has not
// said all yet: who stays silent keeps nobody waiting.
class Logins {
 public:
  explicit Logins(Vault& vault) : vault_(vault) {}

  // As LoginExchange::begin().
  void serve(base::UniqueFd connection, LoginProtocol protocol, bool vouched_for);

 private:
  bool make_room();

  Vault& vault_;
  std::list<std::weak_ptr<LoginExchange>> exchanges_;  // the oldest first
};

}  // namespace vault
