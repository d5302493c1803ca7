#include "vault/handover.h"

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vault {
namespace {

base::Failure<base::Error> cannot_write(int error) {
  return base::system_failure(error, "cannot write the secret");
}

using Read = base::Result<std::optional<std::size_t>>;

// Of a call that moved `got` bytes, or failed with `error`.
Read outcome_of(ssize_t got, int error) {
  if (got >= 0) return std::optional(static_cast<std::size_t>(got));
  if (error == EAGAIN || error == EINTR) return std::optional<std::size_t>();
  return base::fail(base::Code::invalid, "the descriptor cannot be read from");
}

bool is_pipe(int fd) { return ::fcntl(fd, F_GETPIPE_SZ) >= 0; }
bool is_memory_file(int fd) { return ::fcntl(fd, F_GET_SEALS) >= 0; }

// errno is ENOTSOCK when it is none.
ssize_t send_all(int socket, base::ByteView bytes) {
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

base::Result<Handover> Handover::make() {
  ::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    return base::system_failure(errno, "cannot make a pipe");
  return Handover(base::UniqueFd(ends[0]), base::UniqueFd(ends[1]));
}

base::Result<bool> Handover::write(int to, base::ByteView bytes) {
  if (bytes.empty() || bytes.size() > kMost)
    return base::fail(base::Code::invalid, "the secret has a size that no portal hands out");
  const ssize_t sent = send_all(to, bytes);
  if (sent == static_cast<ssize_t>(bytes.size())) return true;
  if (sent >= 0) return base::fail(base::Code::io, "the socket took a part of the secret");
  if (errno == EAGAIN) return false;
  if (errno != ENOTSOCK) return cannot_write(errno);
  if (!is_pipe(to))
    return base::fail(base::Code::invalid, "the descriptor is neither a pipe nor a socket");
  return fill(to, bytes);
}

base::Result<bool> Handover::fill(int pipe, base::ByteView bytes) {
  const auto size = static_cast<ssize_t>(bytes.size());
  if (::write(out_.get(), bytes.data(), bytes.size()) != size) return cannot_write(errno);
  const ssize_t moved =
      ::splice(in_.get(), nullptr, pipe, nullptr, bytes.size(), SPLICE_F_NONBLOCK);
  if (moved == size) return true;
  const int error = errno;
  // What was not moved is taken back.
  std::array<std::byte, kMost> rest;
  while (::read(in_.get(), rest.data(), rest.size()) > 0) {
  }
  sodium_memzero(rest.data(), rest.size());
  if (moved >= 0) return base::fail(base::Code::io, "the pipe took a part of the secret");
  if (error == EAGAIN) return false;
  return cannot_write(error);
}

Read Handover::read(int from, base::MutableBytes into) {
  into = into.first(std::min(into.size(), kMost));
  iovec part{into.data(), into.size()};
  msghdr message{};  // no room for descriptors: the kernel closes those that come along
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const ssize_t got = ::recvmsg(from, &message, MSG_DONTWAIT);
  if (got >= 0 && (message.msg_flags & MSG_TRUNC))
    return base::fail(base::Code::limits_exceeded, "the socket's message is too long");
  if (got >= 0 || errno != ENOTSOCK) return outcome_of(got, errno);
  if (is_pipe(from)) return drain(from, into);
  if (!is_memory_file(from))
    return base::fail(base::Code::invalid, "the descriptor is neither a pipe nor a socket");
  const ssize_t copied = ::read(from, into.data(), into.size());
  return outcome_of(copied, errno);
}

Read Handover::drain(int pipe, base::MutableBytes into) {
  const ssize_t moved =
      ::splice(pipe, nullptr, out_.get(), nullptr, into.size(), SPLICE_F_NONBLOCK);
  if (moved <= 0) return outcome_of(moved, errno);
  std::size_t used = 0;
  while (used < static_cast<std::size_t>(moved)) {
    const ssize_t got =
        ::read(in_.get(), into.data() + used, static_cast<std::size_t>(moved) - used);
    if (got <= 0) return base::system_failure(errno, "cannot read from our own pipe");
    used += static_cast<std::size_t>(got);
  }
  return std::optional(used);
}

}  // namespace vault
