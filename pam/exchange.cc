#include "pam/exchange.h"

#include <sys/socket.h>
#include <sys/uio.h>

namespace pam {
namespace {

iovec part(std::span<const std::byte> bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

// What `sent` bytes leave of the parts.
void advance(std::span<iovec> parts, std::size_t sent) {
  for (iovec& each : parts) {
    const std::size_t gone = std::min(sent, each.iov_len);
    each.iov_base = static_cast<std::byte*>(each.iov_base) + gone;
    each.iov_len -= gone;
    sent -= gone;
  }
}

Problem send_all(int socket, std::span<iovec> parts, std::size_t size, const Deadline& deadline) {
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  while (size > 0) {
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      advance(parts, static_cast<std::size_t>(sent));
      size -= static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      if (!deadline.wait_for(socket, POLLOUT)) return {"the daemon does not listen"};
    } else if (errno != EINTR) {
      return system_problem("cannot send to the daemon");
    }
  }
  return {};
}

Problem receive_all(int socket, std::span<std::byte> bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    const ssize_t got = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got == 0) return {"the daemon ended the connection without an answer"};
    if (got > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    } else if (errno == EAGAIN) {
      if (!deadline.wait_for(socket, POLLIN)) return {"the daemon did not answer in time"};
    } else if (errno != EINTR) {
      return system_problem("cannot receive from the daemon");
    }
  }
  return {};
}

}  // namespace

Outcome exchange(int socket, const login::Request& request, const Deadline& deadline) {
  const login::RequestHeader header{request.operation,
                                    static_cast<std::uint32_t>(request.password.size()),
                                    static_cast<std::uint32_t>(request.new_password.size())};
  const login::RequestHeaderBytes front = login::encode(header);
  std::array<iovec, 3> parts = {part(front), part(request.password), part(request.new_password)};
  if (Problem problem = send_all(socket, parts, front.size() + header.body_size(), deadline))
    return {{}, problem};
  login::AnswerBytes answer{};
  if (Problem problem = receive_all(socket, answer, deadline)) return {{}, problem};
  const auto result = login::decode_answer(answer);
  if (!result) return {{}, {"the daemon's answer makes no sense"}};
  return {result, {}};
}

}  // namespace pam
