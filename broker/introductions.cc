#include "broker/introductions.h"

namespace broker {

using ipc::control::AwaitVault;
using ipc::control::StartPinentry;
using ipc::store::Await;

constexpr std::size_t kMaxPinentries = 4;
constexpr std::size_t kMaxLogins = 16;

void Introductions::on(Await, ipc::Answer<Await> answer) {
  vault_.emplace(std::move(answer));
  // It asks again when it has taken the last one.
  if (!pinentries_.empty() && !pinentries_.front().socket.valid()) {
    pinentries_.front().answer(StartPinentry::Reply{pinentries_.front().number});
    pinentries_.pop_front();
  }
  match();
}

void Introductions::on(AwaitVault, ipc::Answer<AwaitVault> answer) {
  frontend_.emplace(std::move(answer));
  match();
}

void Introductions::on(StartPinentry, base::UniqueFd pinentry, ipc::Answer<StartPinentry> answer) {
  if (pinentries_.size() >= kMaxPinentries)
    return answer(base::fail(base::Code::limits_exceeded, "too many pinentries are being started"));
  pinentries_.push_back({++last_pinentry_, std::move(pinentry), std::move(answer)});
  match();
}

void Introductions::on(Login login) {
  if (logins_.size() == kMaxLogins) logins_.pop_front();
  logins_.push_back(std::move(login));
  match();
}

void Introductions::vault_is_gone() {
  vault_.reset();
  for (Pinentry& pinentry : std::exchange(pinentries_, {}))
    pinentry.answer(base::fail(base::Code::unavailable, "the vault is gone"));
}

void Introductions::frontend_is_gone() {
  frontend_.reset();
  pinentries_.clear();
}

void Introductions::match() {
  if (vault_ && password_.valid()) {
    auto vault = *std::exchange(vault_, std::nullopt);
    return vault(Await::Reply{Await::Order::password, {std::move(password_)}});
  }
  if (vault_ && !logins_.empty()) {
    auto vault = *std::exchange(vault_, std::nullopt);
    Login next = std::move(logins_.front());
    logins_.pop_front();
    return vault(Await::Reply{next.from_root ? Await::Order::login_by_root : Await::Order::login,
                              {std::move(next.connection)},
                              0,
                              next.protocol});
  }
  if (vault_ && !pinentries_.empty()) {
    auto vault = *std::exchange(vault_, std::nullopt);
    Pinentry& next = pinentries_.front();
    return vault(Await::Reply{Await::Order::pinentry, {std::move(next.socket)}, next.number});
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
