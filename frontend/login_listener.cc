#include "frontend/login_listener.h"

#include <sys/socket.h>

#include <optional>

#include "base/log.h"

namespace frontend {
namespace {

// Who connected; nothing when that cannot be known.
std::optional<uid_t> peer_of(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
  return peer.uid;
}

}  // namespace

LoginListener::LoginListener(base::EventLoop& loop, VaultLink& vault, base::UniqueFd listener,
                             ipc::LoginProtocol protocol)
    : loop_(loop), vault_(vault), listener_(std::move(listener)), protocol_(protocol) {}

LoginListener::~LoginListener() { pause(); }

void LoginListener::listen() {
  const auto watched =
      loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { on_connection(); });
  if (!watched) base::log::warning("logins are not heard: {}", watched.error().what);
}

void LoginListener::pause() { loop_.unwatch(listener_.get()); }

// One each time: whoever floods us gets no more turns than the bus.
void LoginListener::on_connection() {
  if (!vault_.is_there()) return;  // it waits for the next one
  base::UniqueFd connection(
      ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!connection.valid()) return;
  const auto peer = peer_of(connection.get());
  if (!peer || (*peer != 0 && *peer != ::geteuid()))
    return base::log::warning("login: another user's process was turned away");
  vault_.call(wire::ServeLogin{{std::move(connection)}, protocol_, *peer == 0}, [](auto reply) {
    if (!reply) base::log::warning("login: {}", reply.error().what);
  });
}

}  // namespace frontend
