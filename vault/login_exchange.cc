#include "vault/login_exchange.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace vault {
namespace {

constexpr std::chrono::seconds kPatience{5};

}  // namespace

LoginExchange::LoginExchange(Vault& vault, base::UniqueFd connection, LoginProtocol protocol,
                             bool vouched_for, SecretBytes buffer)
    : vault_(vault),
      connection_(std::move(connection)),
      protocol_(protocol),
      vouched_for_(vouched_for),
      buffer_(std::move(buffer)) {}

std::weak_ptr<LoginExchange> LoginExchange::begin(Vault& vault, base::UniqueFd connection,
                                                  LoginProtocol protocol, bool vouched_for) {
  auto buffer = SecretBytes::make(vault.arena(), login::kMaxRequest);
  if (!buffer) return {};
  const int fd = connection.get();
  std::shared_ptr<LoginExchange> exchange(
      new LoginExchange(vault, std::move(connection), protocol, vouched_for, *std::move(buffer)));
  const auto watched =
      vault.loop().watch(fd, EPOLLIN, [exchange](std::uint32_t) { exchange->on_readable(); });
  if (!watched) return {};
  exchange->patience_ = vault.loop().after(kPatience, [weak = std::weak_ptr(exchange)] {
    if (const auto alive = weak.lock()) alive->finish();
  });
  exchange->on_readable();
  return exchange;
}

void LoginExchange::on_readable() {
  const auto self = shared_from_this();
  const auto all = buffer_.expose();
  const auto wanted = size_of_request(protocol_, all.first(used_));
  const ssize_t got = ::read(connection_.get(), all.data() + used_, *wanted - used_);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return finish();
  used_ += static_cast<std::size_t>(got);
  const auto size = size_of_request(protocol_, all.first(used_));
  if (!size) return finish();
  if (*size == used_) act();
}

void LoginExchange::act() {
  reading_ = false;
  vault_.loop().unwatch(connection_.get());
  vault_.loop().cancel(patience_);
  const auto request = decode_request(protocol_, buffer_.expose().first(used_));
  if (!request) return finish();
  auto password = SecretBytes::copy(vault_.arena(), request->password);
  auto changed = SecretBytes::copy(vault_.arena(), request->new_password);
  const auto operation = request->operation;
  buffer_ = SecretBytes();
  if (!password || !changed) return answer(login::Result::busy);
  const auto done = [self = shared_from_this()](login::Result result) { self->answer(result); };
  if (operation == login::Operation::change)
    return vault_.change_login(*std::move(password), *std::move(changed), done);
  const bool may_create = operation == login::Operation::unlock_or_create;
  vault_.login(*std::move(password), {may_create, vouched_for_}, done);
}

// A few bytes into a fresh socket: if they do not fit, nobody wanted them.
void LoginExchange::answer(login::Result result) {
  base::Bytes bytes = encode_answer(protocol_, result);
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ::sendmsg(connection_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  finish();
}

void LoginExchange::finish() {
  if (!connection_.valid()) return;
  const auto self = shared_from_this();
  reading_ = false;
  vault_.loop().unwatch(connection_.get());
  vault_.loop().cancel(patience_);
  connection_ = base::UniqueFd();
  buffer_ = SecretBytes();
}

}  // namespace vault
