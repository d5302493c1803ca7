#include "vault/password_reader.h"

#include <unistd.h>

#include <cerrno>

namespace vault {

void PasswordReader::read(base::EventLoop& loop, Arena& arena, base::UniqueFd from, Done done) {
  auto buffer = SecretBytes::make(arena, kMaxPassword + 2);
  if (!buffer) return done(base::fail(buffer.error()));
  const int fd = from.get();
  std::shared_ptr<PasswordReader> reader(
      new PasswordReader(loop, std::move(from), *std::move(buffer), std::move(done)));
  const auto watched = loop.watch(fd, EPOLLIN, [reader](std::uint32_t) { reader->read_some(); });
  if (watched) return;
  while (reader->read_some()) {  // a regular file: never blocks, cannot be waited for
  }
}

bool PasswordReader::read_some() {
  const auto rest = buffer_.expose().subspan(used_);
  const ssize_t got = ::read(from_.get(), rest.data(), rest.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got < 0) return finish(base::system_failure(errno, "cannot read the password")), false;
  used_ += static_cast<std::size_t>(got);
  if (used_ > kMaxPassword + 1)
    return finish(
               base::fail(base::Code::limits_exceeded, "the password is longer than 4096 bytes")),
           false;
  if (got == 0) return finish(base::Ok{}), false;
  return true;
}

void PasswordReader::finish(base::Outcome outcome) {
  const auto self = shared_from_this();
  loop_.unwatch(from_.get());
  from_ = base::UniqueFd();
  const auto done = std::exchange(done_, nullptr);
  if (!outcome) return done(base::fail(outcome.error()));
  if (used_ > 0 && buffer_.expose()[used_ - 1] == std::byte{'\n'}) --used_;
  buffer_.shrink(used_);
  done(std::move(buffer_));
}

}  // namespace vault
