// The connection to the vault, from one vault process to the next.
#pragma once

#include "base/task.h"
#include "ipc/client.h"
#include "ipc/vault_protocol.h"

namespace frontend {

namespace wire = ipc::vault;

class VaultLink {
 public:
  using Client = ipc::Client<wire::Protocol>;

  void attach(base::EventLoop& loop, base::UniqueFd vault, ipc::Channel::OnClosed on_lost) {
    client_ = std::make_unique<Client>(loop, std::move(vault), std::move(on_lost));
  }

  bool is_there() const { return client_ && client_->is_open(); }

  // As ipc::Client::call; Code::unavailable while there is no vault.
  template <ipc::Request M>
  void call(M request, Client::Done<M> done) {
    if (!client_) return done(base::fail(base::Code::unavailable, "the vault is not there yet"));
    client_->call(std::move(request), std::move(done));
  }
  // The same for a task.
  template <ipc::Request M>
  base::Answer<base::Result<typename M::Reply>> ask(M request) {
    auto held = std::make_shared<M>(std::move(request));
    return base::Answer<base::Result<typename M::Reply>>(
        [this, held](auto done) { this->call(std::move(*held), std::move(done)); });
  }

 private:
  std::unique_ptr<Client> client_;
};

}  // namespace frontend
