#include "broker/introductions.h"

namespace broker {

using ipc::control::AwaitVault;
using ipc::store::Await;

void Introductions::on(Await, ipc::Answer<Await> answer) {
  vault_.emplace(std::move(answer));
  match();
}

void Introductions::on(AwaitVault, ipc::Answer<AwaitVault> answer) {
  frontend_.emplace(std::move(answer));
  match();
}

void Introductions::match() {
  if (vault_ && login_.valid()) {
    auto vault = *std::exchange(vault_, std::nullopt);
    return vault(Await::Reply{Await::Order::login, {std::move(login_)}});
  }
  if (!vault_ || !frontend_) return;
  auto vault = *std::exchange(vault_, std::nullopt);
  auto frontend = *std::exchange(frontend_, std::nullopt);
  auto sockets = ipc::make_socketpair();
  if (!sockets) {
    frontend(base::fail(sockets.error()));
    return vault(base::fail(sockets.error()));
  }
  vault(Await::Reply{Await::Order::serve, {std::move(sockets->first)}});
  frontend(AwaitVault::Reply{{std::move(sockets->second)}});
}

}  // namespace broker
