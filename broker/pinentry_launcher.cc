#include "broker/pinentry_launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "broker/outside.h"

namespace broker {
namespace {

constexpr std::array kGraphical = {"pinentry-gnome3", "pinentry-qt", "pinentry-qt5",
                                   "pinentry-gtk-2", "pinentry-fltk"};
constexpr std::array kTerminal = {"pinentry-curses", "pinentry-tty"};

constexpr int kTidyTime = 500;  // ms

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value != '\0';
}

template <std::size_t N>
std::string first_installed(const std::array<const char*, N>& names) {
  for (const char* name : names)
    for (const char* folder : {"/usr/bin/", "/usr/local/bin/"}) {
      std::string path = std::string(folder) + name;
      if (::access(path.c_str(), X_OK) == 0) return path;
    }
  return {};
}

// One descriptor out of a message of one byte; -1 when the other side is gone.
int receive_descriptor(int socket) {
  char byte = 0;
  iovec piece{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  const cmsghdr* header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (!header || header->cmsg_type != SCM_RIGHTS) return -1;
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

// In the new process.
[[noreturn]] void become_pinentry(const std::string& program, int conversation) {
  ::dup2(conversation, 0);
  ::dup2(conversation, 1);
  std::vector<std::string> arguments{program};
  if (const char* tty = std::getenv("GPG_TTY")) {
    arguments.insert(arguments.end(), {"--ttyname", tty});
    if (const char* type = std::getenv("TERM"))
      arguments.insert(arguments.end(), {"--ttytype", type});
  }
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  ::_exit(127);
}

// A pinentry that runs. Our copy of its end of the conversation tells when the vault hangs up.
struct Running {
  pid_t pid;
  int process;  // a descriptor for it
  int conversation;
};

void end(const Running& pinentry) {
  ::kill(pinentry.pid, SIGTERM);  // so that it tidies the terminal up
  pollfd ended{pinentry.process, POLLIN, 0};
  if (::poll(&ended, 1, kTidyTime) <= 0) ::kill(pinentry.pid, SIGKILL);
  ::waitpid(pinentry.pid, nullptr, 0);
  ::close(pinentry.process);
  ::close(pinentry.conversation);
}

// The launching process's life.
void serve(const std::string& program, int socket) {
  std::vector<Running> running;
  while (true) {
    std::vector<pollfd> waiting{{socket, POLLIN, 0}};
    for (const Running& pinentry : running) {
      waiting.push_back({pinentry.conversation, 0, 0});
      waiting.push_back({pinentry.process, POLLIN, 0});
    }
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    // Over when it ended, or when the vault hung up: one that waits for a key does not notice.
    std::vector<Running> still;
    for (std::size_t i = 0; i < running.size(); ++i)
      if (waiting[1 + 2 * i].revents != 0 || waiting[2 + 2 * i].revents != 0)
        end(running[i]);
      else
        still.push_back(running[i]);
    running = still;
    if (waiting[0].revents == 0) continue;
    const int conversation = receive_descriptor(socket);
    if (conversation < 0) {
      for (const Running& pinentry : running) end(pinentry);
      return;
    }
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setsid();
      become_pinentry(program, conversation);
    }
    const int process = pid < 0 ? -1 : static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (process < 0)
      ::close(conversation);
    else
      running.push_back({pid, process, conversation});
  }
}

}  // namespace

std::string choose_pinentry(const std::string& configured) {
  if (configured == "none") return {};
  if (configured != "auto") return configured;
  std::string found;
  if (is_set("WAYLAND_DISPLAY") || is_set("DISPLAY")) found = first_installed(kGraphical);
  if (found.empty() && is_set("GPG_TTY")) found = first_installed(kTerminal);
  return found;
}

base::Result<PinentryLauncher> PinentryLauncher::start(std::string program) {
  auto socket = start_outside("coffer-pinentry", [&](int theirs) { serve(program, theirs); });
  if (!socket) return base::fail(socket.error());
  return PinentryLauncher(*std::move(socket));
}

base::Result<base::UniqueFd> PinentryLauncher::launch() {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return base::system_failure(errno, "cannot start pinentry");
  base::UniqueFd ours(pair[0]), theirs(pair[1]);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  char byte = 0;
  iovec piece{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int raw = theirs.get();
  std::memcpy(CMSG_DATA(header), &raw, sizeof raw);
  if (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
    return base::system_failure(errno, "cannot start pinentry");
  return ours;
}

}  // namespace broker
