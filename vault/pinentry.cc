#include "vault/pinentry.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "vault/keys.h"

namespace vault {
namespace {

constexpr std::size_t kMaxLine = 1000;     // bytes, of the protocol
constexpr std::size_t kBuffer = 4 * 1024;  // bytes; a line of pinentry's has 1000 at most

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\n')
      out += "%0A";
    else if (c == '\r')
      out += "%0D";
    else
      out += c;
  }
  return out;
}

// A command with its text, cut to what a line may hold.
std::string command(std::string_view name, std::string_view text) {
  std::string line = std::string(name) + " " + escaped(text);
  if (line.size() > kMaxLine - 1) {
    std::size_t end = kMaxLine - 1;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
    line.resize(end);
    // Not in the middle of an escape.
    for (std::size_t back = 1; back <= 2 && back <= line.size(); ++back)
      if (line[line.size() - back] == '%') line.resize(line.size() - back);
  }
  return line + "\n";
}

std::vector<std::string> commands_for(const wire::AskPinentry& question) {
  using Kind = wire::AskPinentry::Kind;
  std::vector<std::string> commands{command("SETTITLE", question.title.value)};
  commands.push_back(command("SETDESC", question.description.value));
  if (!question.warning.value.empty())
    commands.push_back(command("SETERROR", question.warning.value));
  if (!question.go_on.value.empty()) commands.push_back(command("SETOK", question.go_on.value));
  commands.push_back(command("SETCANCEL", "Cancel"));
  if (question.kind == Kind::confirmation) {
    commands.emplace_back("CONFIRM\n");
    return commands;
  }
  commands.push_back(command("SETPROMPT", "Password:"));
  if (question.kind == Kind::new_password) {
    commands.push_back(command("SETREPEAT", "Again:"));
    commands.push_back(command("SETREPEATERROR", "The passwords do not match"));
  }
  commands.emplace_back("GETPIN\n");
  return commands;
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::shared_ptr<Pinentry> Pinentry::ask(base::EventLoop& loop, Arena& arena, base::UniqueFd socket,
                                        const wire::AskPinentry& question, Done done) {
  auto buffer = SecretBytes::make(arena, kBuffer);
  auto password = SecretBytes::make(arena, kMaxPassword);
  if (!buffer || !password) {
    done(base::fail(base::Code::limits_exceeded, "no locked memory is left for a password"));
    return nullptr;
  }
  const int fd = socket.get();
  std::shared_ptr<Pinentry> pinentry(new Pinentry(loop, std::move(socket), *std::move(buffer),
                                                  *std::move(password), std::move(done)));
  pinentry->commands_ = commands_for(question);
  const auto watched =
      loop.watch(fd, EPOLLIN, [pinentry](std::uint32_t) { pinentry->read_some(); });
  if (!watched) pinentry->finish(watched, false);
  return pinentry;
}

void Pinentry::close() { finish(base::Ok{}, false); }

void Pinentry::read_some() {
  const auto self = shared_from_this();
  const auto room = buffer_.expose().subspan(used_);
  if (room.empty())
    return finish(base::fail(base::Code::invalid, "pinentry said something too long"), false);
  const ssize_t got = ::read(socket_.get(), room.data(), room.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return finish(base::fail(base::Code::unavailable, "pinentry ended"), false);
  used_ += static_cast<std::size_t>(got);
  while (true) {
    const auto bytes = buffer_.expose().first(used_);
    const auto end = std::find(bytes.begin(), bytes.end(), std::byte{'\n'});
    if (end == bytes.end()) return;
    const auto size = static_cast<std::size_t>(end - bytes.begin());
    if (!take_line(base::text_of(base::ByteView(bytes).first(size)))) return;
    std::copy(end + 1, bytes.end(), bytes.begin());
    used_ -= size + 1;
    sodium_memzero(bytes.data() + used_, size + 1);
  }
}

bool Pinentry::take_line(std::string_view line) {
  if (line.starts_with("OK")) return send_next();
  if (line.starts_with("D ")) return append(line.substr(2));
  if (!line.starts_with("ERR")) return true;  // S, # and what else there may be: news for nobody
  // Only the question itself may fail; what a pinentry does not know how to show, it leaves out.
  if (next_ < commands_.size()) return send_next();
  return finish(base::Ok{}, false), false;
}

bool Pinentry::send_next() {
  if (next_ == commands_.size()) return finish(base::Ok{}, true), false;
  std::string& line = commands_[next_++];
  iovec piece{line.data(), line.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent == static_cast<ssize_t>(line.size())) return true;
  return finish(base::fail(base::Code::unavailable, "pinentry does not listen"), false), false;
}

bool Pinentry::append(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const bool whole = i + 2 < text.size();
      const int high = whole ? hex(text[i + 1]) : -1;
      const int low = whole ? hex(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return finish(base::fail(base::Code::invalid, "pinentry makes no sense"), false), false;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (size_ == kMaxPassword)
      return finish(base::fail(base::Code::limits_exceeded, "a password may be at most 4096 bytes"),
                    false),
             false;
    password_.expose()[size_++] = static_cast<std::byte>(c);
  }
  return true;
}

void Pinentry::finish(base::Outcome outcome, bool accepted) {
  const auto self = shared_from_this();
  const auto done = std::exchange(done_, nullptr);
  if (!done) return;
  loop_.unwatch(socket_.get());
  socket_ = base::UniqueFd();
  if (!outcome) return done(base::fail(outcome.error()));
  if (!accepted) return done(std::optional<SecretBytes>());
  password_.shrink(size_);
  done(std::optional<SecretBytes>(std::move(password_)));
}

void Pinentries::add(Number number, base::UniqueFd socket) {
  waiting_[number] = std::move(socket);
  if (waiting_.size() > kMaxWaiting) waiting_.erase(waiting_.begin());
}

void Pinentries::ask(const wire::AskPinentry& question, Pinentry::Done done) {
  auto started = waiting_.extract(question.pinentry);
  if (!started) return done(base::fail(base::Code::unavailable, "pinentry was not started"));
  std::erase_if(asking_, [](const auto& entry) { return entry.second.expired(); });
  const auto pinentry =
      Pinentry::ask(loop_, arena_, std::move(started.mapped()), question, std::move(done));
  if (pinentry) asking_[question.pinentry] = pinentry;
}

void Pinentries::close(Number number) {
  waiting_.erase(number);
  const auto at = asking_.find(number);
  if (at == asking_.end()) return;
  const auto pinentry = at->second.lock();
  asking_.erase(at);
  if (pinentry) pinentry->close();
}

}  // namespace vault
