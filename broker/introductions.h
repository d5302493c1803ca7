// Brings vault and frontend together, and the login password to the vault.
#pragma once

#include <optional>

#include "ipc/control_protocol.h"
#include "ipc/server.h"
#include "ipc/store_protocol.h"

namespace broker {

// Both ask and wait; whenever both do, each gets one end of a fresh connection. A restarted process
// asks anew, and its question takes the place of its predecessor's.
class Introductions {
 public:
  // `login` (may be empty) goes to the first vault that asks, before its first connection.
  explicit Introductions(base::UniqueFd login) : login_(std::move(login)) {}

  void on(ipc::store::Await, ipc::Answer<ipc::store::Await> answer);
  void on(ipc::control::AwaitVault, ipc::Answer<ipc::control::AwaitVault> answer);

  void vault_is_gone() { vault_.reset(); }
  void frontend_is_gone() { frontend_.reset(); }

 private:
  void match();

  base::UniqueFd login_;
  std::optional<ipc::Answer<ipc::store::Await>> vault_;
  std::optional<ipc::Answer<ipc::control::AwaitVault>> frontend_;
};

}  // namespace broker
