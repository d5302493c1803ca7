#include "broker/logins.h"

#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "base/log.h"

namespace broker {
namespace {

// Who connected; nothing when that cannot be known.
std::optional<uid_t> peer_of(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
  return peer.uid;
}

}  // namespace

Logins::Logins(base::EventLoop& loop, Introductions& introductions, LoginSockets sockets)
    : loop_(loop), introductions_(introductions), sockets_(std::move(sockets)) {}

Logins::~Logins() {
  for (const auto* listener : {&sockets_.own, &sockets_.gnome_keyring})
    if (listener->valid()) loop_.unwatch(listener->get());
}

void Logins::listen() {
  listen_on(sockets_.own, ipc::LoginProtocol::own);
  listen_on(sockets_.gnome_keyring, ipc::LoginProtocol::gnome_keyring);
}

void Logins::listen_on(const base::UniqueFd& listener, ipc::LoginProtocol protocol) {
  if (!listener.valid()) return;
  const int fd = listener.get();
  const auto watched =
      loop_.watch(fd, EPOLLIN, [this, fd, protocol](std::uint32_t) { accept_from(fd, protocol); });
  if (!watched) base::log::warning("logins are not heard: {}", watched.error().what);
}

// One each time: whoever floods us gets no more turns than the store.
void Logins::accept_from(int listener, ipc::LoginProtocol protocol) {
  base::UniqueFd connection(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!connection.valid()) return;
  const auto peer = peer_of(connection.get());
  if (!peer || (*peer != 0 && *peer != ::geteuid()))
    return base::log::warning("login: another user's process was turned away");
  introductions_.on(Login{std::move(connection), protocol, *peer == 0});
}

}  // namespace broker
