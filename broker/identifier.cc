#include "broker/identifier.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/log.h"
#include "broker/outside.h"
#include "ipc/codec.h"
#include "seccomp/sandbox.h"

namespace broker {
namespace {

constexpr std::size_t kMaxWaiting = 64;

// The process's life: a process id in, an identity out.
void serve(int socket) {
  if (!sandbox::close(sandbox::Role::identifier, {}, true)) return;
  std::uint32_t pid = 0;
  while (::read(socket, &pid, sizeof pid) == static_cast<ssize_t>(sizeof pid)) {
    const base::Bytes answer = ipc::encode(identity_of(pid));
    if (::write(socket, answer.data(), answer.size()) < 0) return;
  }
}

}  // namespace

base::Result<base::UniqueFd> Identifier::start() {
  return start_outside("coffer-identify", serve);
}

Identifier::Identifier(base::EventLoop& loop, base::UniqueFd socket)
    : loop_(loop), socket_(std::move(socket)) {
  if (auto watched = loop_.watch(socket_.get(), EPOLLIN, [this](std::uint32_t) { on_answer(); });
      !watched)
    socket_ = {};
}

Identifier::~Identifier() {
  if (socket_.valid()) loop_.unwatch(socket_.get());
}

void Identifier::ask(std::uint32_t pid, Done done) {
  if (!socket_.valid() || waiting_.size() >= kMaxWaiting ||
      ::send(socket_.get(), &pid, sizeof pid, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    return loop_.defer([done = std::move(done)] { done({}); });
  waiting_.push_back(std::move(done));
}

void Identifier::on_answer() {
  std::array<std::byte, ipc::Codec<Identity>::max_size> answer{};
  const ssize_t got = ::recv(socket_.get(), answer.data(), answer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    base::log::warning("the process that says what clients are called has ended");
    loop_.unwatch(socket_.get());
    socket_ = {};
    for (const Done& done : std::exchange(waiting_, {})) done({});
    return;
  }
  if (waiting_.empty()) return;
  const Done done = std::move(waiting_.front());
  waiting_.pop_front();
  const auto identity =
      ipc::decode<Identity>(base::ByteView(answer).first(static_cast<std::size_t>(got)));
  done(identity ? *identity : Identity{});
}

}  // namespace broker
