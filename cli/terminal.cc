#include "cli/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <iostream>

#include "base/unique_fd.h"
#include "cli/visible.h"

namespace cli {
namespace {

constexpr std::size_t kLongestInput = std::size_t{16} << 20;
constexpr std::size_t kLongestLine = std::size_t{64} << 10;

volatile sig_atomic_t pending_signal = 0;
extern "C" void remember_signal(int number) { pending_signal = number; }

// Hides what is typed. A signal must not leave the terminal that way: while this lives, signals
// interrupt reading and are delivered when the terminal is as it was.
class HiddenTyping {
 public:
  explicit HiddenTyping(int fd) : fd_(fd) {
    pending_signal = 0;
    struct sigaction action {};
    action.sa_handler = remember_signal;  // without SA_RESTART
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      ::sigaction(kSignals[i], &action, &former_[i]);
    ::tcgetattr(fd_, &shown_);
    termios hidden = shown_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd_, TCSAFLUSH, &hidden);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;
  ~HiddenTyping() {
    ::tcsetattr(fd_, TCSANOW, &shown_);
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      ::sigaction(kSignals[i], &former_[i], nullptr);
    if (pending_signal != 0) ::raise(pending_signal);
  }

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  int fd_;
  termios shown_{};
  std::array<struct sigaction, kSignals.size()> former_{};
};

// Reads until `is_end` holds for a byte, which is dropped, or until the end.
template <class F>
base::Result<Secret> read_until(int fd, F&& is_end) {
  Secret line;
  std::byte byte{};
  while (true) {
    const ssize_t got = ::read(fd, &byte, 1);
    if (got < 0) return base::system_failure(errno, "nothing could be read");
    if (got == 0 || is_end(byte)) return line;
    line.append({&byte, 1});
    if (line.size() > kLongestLine)
      return base::fail(base::Code::invalid, "the line is longer than 64 KiB");
  }
}

base::Result<Secret> read_line(int fd) {
  return read_until(fd, [](std::byte byte) { return byte == std::byte{'\n'}; });
}

base::Result<Secret> ask_twice(const std::string& what) {
  auto first = ask_hidden(fmt::format("{}: ", what));
  if (!first) return first;
  auto second = ask_hidden(fmt::format("{} again: ", what));
  if (!second) return second;
  if (first->text() != second->text())
    return base::fail(base::Code::invalid, "the two are not the same; nothing was changed");
  return first;
}

}  // namespace

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

void keep_to_ourselves(int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }

base::Result<Secret> read_input(int fd) {
  Secret input = Secret::zeros(std::size_t{64} << 10);
  std::size_t used = 0;
  while (true) {
    if (used == input.size()) input.append(Secret::zeros(input.size()).view());
    const base::MutableBytes room = input.writable().subspan(used);
    const ssize_t got = ::read(fd, room.data(), room.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::system_failure(errno, "the input cannot be read");
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > kLongestInput)
      return base::fail(base::Code::invalid, "the input is longer than 16 MiB");
  }
  input.shrink(used);
  return input;
}

base::Result<Secret> ask_hidden(const std::string& question) {
  const base::UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal.valid())
    return base::fail(base::Code::io, "there is no terminal to ask on; use standard input");
  base::Result<Secret> line = [&]() -> base::Result<Secret> {
    const HiddenTyping hidden(terminal.get());  // before the question: what answers it is not shown
    const std::string shown = visible(question);
    if (::write(terminal.get(), shown.data(), shown.size()) < 0)
      return base::system_failure(errno, "the terminal cannot be written to");
    return read_line(terminal.get());
  }();
  [[maybe_unused]] const ssize_t ignored = ::write(terminal.get(), "\n", 1);
  return line;
}

base::Result<Secret> read_secret(const std::string& what) {
  return is_terminal(STDIN_FILENO) ? ask_twice(what) : read_input();
}

base::Result<Secret> read_password(const std::string& what, int fd) {
  return is_terminal(fd) ? ask_hidden(fmt::format("{}: ", what)) : read_line(fd);
}

base::Result<Secret> read_new_password(const std::string& what, int fd) {
  return is_terminal(fd) ? ask_twice(what) : read_line(fd);
}

bool confirm(const std::string& question) {
  if (!is_terminal(STDIN_FILENO)) return true;
  fmt::print(stderr, "{} [y/N] ", visible(question));
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

base::Outcome write_output(base::ByteView bytes) {
  std::fflush(stdout);
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return base::system_failure(errno, "standard output cannot be written to");
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return base::Ok{};
}

base::Outcome write_secret(const Secret& secret, bool raw) {
  if (raw || !is_terminal(STDOUT_FILENO)) return write_output(secret.view());
  const Secret shown(visible_lines(secret.text()) + "\n");
  return write_output(shown.view());
}

}  // namespace cli
