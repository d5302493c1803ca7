// Brings vault and frontend together, and logins and pinentries to the vault.
#pragma once

#include <deque>
#include <optional>

#include "ipc/control_protocol.h"
#include "ipc/server.h"
#include "ipc/store_protocol.h"

namespace broker {

// A connection on which a login tells its password.
struct Login {
  base::UniqueFd connection;
  ipc::LoginProtocol protocol{};
  bool from_root = false;  // root made it
};

// Both ask and wait; whenever both do, each gets one end of a fresh connection. A restarted process
// asks anew, and its question takes the place of its predecessor's.
class Introductions {
 public:
  // `password` (may be empty) goes to the first vault that asks, before its first connection.
  explicit Introductions(base::UniqueFd password) : password_(std::move(password)) {}

  void on(ipc::store::Await, ipc::Answer<ipc::store::Await> answer);
  void on(ipc::control::AwaitVault, ipc::Answer<ipc::control::AwaitVault> answer);

  // Hands a pinentry's input and output to the vault; answered when the vault has it.
  void on(ipc::control::StartPinentry, base::UniqueFd pinentry,
          ipc::Answer<ipc::control::StartPinentry> answer);

  // Hands a login to the vault, or keeps it until there is one. Of too many the oldest goes.
  void on(Login login);

  void vault_is_gone();
  void frontend_is_gone();

 private:
  void match();

  struct Pinentry {
    std::uint64_t number;
    base::UniqueFd socket;  // empty when it was sent
    ipc::Answer<ipc::control::StartPinentry> answer;
  };

  base::UniqueFd password_;
  std::deque<Login> logins_;
  std::uint64_t last_pinentry_ = 0;
  std::deque<Pinentry> pinentries_;
  std::optional<ipc::Answer<ipc::store::Await>> vault_;
  std::optional<ipc::Answer<ipc::control::AwaitVault>> frontend_;
};

}  // namespace broker
