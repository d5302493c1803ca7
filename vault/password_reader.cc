#include "vault/password_reader.h"

#include <unistd.h>

#include <cerrno>

namespace vault {

void PasswordReader::read(base::EventLoop& loop, Arena& arena, base::UniqueFd from, Done done) {
  auto buffer = SecretBytes::make(arena, kMaxPassword + 2);
  if (!buffer) return done(base::fail(buffer.error()));
  const int fd = from.get();
  std::shared_ptr<PasswordReader> reader(
      new PasswordReader(loop, nullptr, std::move(from), *std::move(buffer), std::move(done)));
  if (loop.watch(fd, EPOLLIN, [reader](std::uint32_t) { reader->read_some(); })) {
    reader->watched_ = true;
    return;
  }
  while (reader->read_some() == State::waiting) {  // a regular file: never blocks, nor can be
  }                                                // waited for
}

std::shared_ptr<PasswordReader> PasswordReader::read_from_stranger(base::EventLoop& loop,
                                                                   Arena& arena, Handover& handover,
                                                                   base::UniqueFd from, Done done) {
  auto buffer = SecretBytes::make(arena, kMaxPassword + 2);
  if (!buffer) {
    done(base::fail(buffer.error()));
    return nullptr;
  }
  std::shared_ptr<PasswordReader> reader(
      new PasswordReader(loop, &handover, std::move(from), *std::move(buffer), std::move(done)));
  return reader->begin_with_stranger() == State::waiting ? reader : nullptr;
}

PasswordReader::State PasswordReader::begin_with_stranger() {
  // Before it is watched: what cannot be read from is refused without another look at it.
  while (true) {
    const std::size_t before = used_;
    if (read_some() == State::over) return State::over;
    if (used_ == before) break;
  }
  const auto self = shared_from_this();
  auto watched = loop_.watch(from_.get(), EPOLLIN, [self](std::uint32_t) { self->on_readable(); });
  if (!watched) return finish(std::move(watched)), State::over;
  watched_ = true;
  deadline_ = loop_.after(kPatience, [self] {
    self->give_up(base::Code::unavailable, "no password came in time; send it, and close the pipe");
  });
  return State::waiting;
}

// A descriptor that says that there is something, and has nothing, would keep the loop busy.
void PasswordReader::on_readable() {
  const auto self = shared_from_this();
  const std::size_t before = used_;
  if (read_some() == State::waiting && used_ == before)
    give_up(base::Code::invalid, "somebody else reads from the descriptor");
}

base::Result<std::optional<std::size_t>> PasswordReader::read_into(base::MutableBytes rest) {
  if (handover_) return handover_->read(from_.get(), rest);
  const ssize_t got = ::read(from_.get(), rest.data(), rest.size());
  if (got >= 0) return std::optional(static_cast<std::size_t>(got));
  if (errno == EAGAIN || errno == EINTR) return std::optional<std::size_t>();
  return base::system_failure(errno, "cannot read the password");
}

PasswordReader::State PasswordReader::read_some() {
  const auto got = read_into(buffer_.expose().subspan(used_));
  if (!got) return finish(base::fail(got.error())), State::over;
  if (!*got) return State::waiting;
  used_ += **got;
  if (used_ > kMaxPassword + 1)
    return give_up(base::Code::limits_exceeded, "the password is longer than 4096 bytes"),
           State::over;
  if (**got == 0) return finish(base::Ok{}), State::over;
  return State::waiting;
}

void PasswordReader::finish(base::Outcome outcome) {
  const auto self = shared_from_this();
  if (watched_) loop_.unwatch(from_.get());
  loop_.cancel(deadline_);
  from_ = base::UniqueFd();
  const auto done = std::exchange(done_, nullptr);
  if (!outcome) {
    buffer_ = SecretBytes();
    return done(base::fail(outcome.error()));
  }
  if (used_ > 0 && buffer_.expose()[used_ - 1] == std::byte{'\n'}) --used_;
  buffer_.shrink(used_);
  done(std::move(buffer_));
}

}  // namespace vault
