#include "frontend/logins.h"

namespace frontend {

void Logins::listen() {
  for (LoginListener& listener : listeners_) listener.listen();
  if (std::exchange(asked_, true)) return;
  take(ipc::LoginProtocol::own);
  take(ipc::LoginProtocol::gnome_keyring);
}

void Logins::pause() {
  for (LoginListener& listener : listeners_) listener.pause();
}

void Logins::take(ipc::LoginProtocol protocol) {
  broker_.call(ipc::control::TakeLoginSocket{protocol}, [this, protocol](auto reply) {
    if (!reply) return;  // there is none
    listeners_.emplace_back(loop_, vault_, std::move(reply->listener.value), protocol).listen();
  });
}

}  // namespace frontend
