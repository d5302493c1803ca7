// The connection to the vault, from one vault process to the next.
#pragma once

#include "base/task.h"
#include "frontend/placement.h"
#include "ipc/client.h"
#include "ipc/vault_protocol.h"

namespace frontend {

namespace wire = ipc::vault;

class VaultLink {
 public:
  using Client = ipc::Client<wire::Protocol>;

  // `loop` outlives it.
  VaultLink(base::EventLoop& loop, base::Processors processors)
      : loop_(loop), placement_(loop, processors, [this](auto processor) {
          client_->call(wire::WorkNear{{processor}}, [](auto) {});
        }) {}

  void attach(base::UniqueFd vault, ipc::Channel::OnClosed on_lost) {
    client_ = std::make_unique<Client>(loop_, std::move(vault), std::move(on_lost));
    placement_.on_new_vault();
  }

  bool is_there() const { return client_ && client_->is_open(); }

  // As ipc::Client::call; Code::unavailable while there is no vault.
  template <ipc::Request M>
  void call(M request, Client::Done<M> done) {
    if (!client_) return done(base::fail(base::Code::unavailable, "the vault is not there yet"));
    placement_.on_request();
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
  base::EventLoop& loop_;
  std::unique_ptr<Client> client_;
  Placement placement_;
};

}  // namespace frontend
