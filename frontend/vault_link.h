// The connection to the vault, from one vault process to the next.
#pragma once

#include <sched.h>

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
    vault_works_at_ = -1;
  }

  bool is_there() const { return client_ && client_->is_open(); }

  // As ipc::Client::call; Code::unavailable while there is no vault.
  template <ipc::Request M>
  void call(M request, Client::Done<M> done) {
    if (!client_) return done(base::fail(base::Code::unavailable, "the vault is not there yet"));
    keep_near();
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
  // Tells the vault where we run, once we have settled there.
  void keep_near() {
    constexpr unsigned kSettled = 4;  // requests in a row
    const int here = ::sched_getcpu();
    if (here == vault_works_at_ || here < 0) return void(requests_elsewhere_ = 0);
    if (++requests_elsewhere_ < kSettled) return;
    vault_works_at_ = here;
    client_->call(wire::WorkNear{static_cast<std::uint32_t>(here)}, [](auto) {});
  }

  std::unique_ptr<Client> client_;
  int vault_works_at_ = -1;
  unsigned requests_elsewhere_ = 0;
};

}  // namespace frontend
