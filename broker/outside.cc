#include "broker/outside.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace broker {
namespace {

constexpr int kSocket = 3;

[[noreturn]] void become(const char* name, int socket, const std::function<void(int)>& serve) {
  ::prctl(PR_SET_NAME, name);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const int null = ::open("/dev/null", O_RDWR);  // not the login password's pipe
  ::dup2(null, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);
  ::dup2(socket, kSocket);
  ::close_range(kSocket + 1, UINT_MAX, 0);
  ::fcntl(kSocket, F_SETFD, FD_CLOEXEC);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  serve(kSocket);
  ::_exit(0);
}

}  // namespace

base::Result<base::UniqueFd> start_outside(const char* name,
                                           const std::function<void(int socket)>& serve) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return base::system_failure(errno, fmt::format("cannot start {}", name));
  base::UniqueFd ours(pair[0]), theirs(pair[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return base::system_failure(errno, fmt::format("cannot start {}", name));
  if (pid == 0) become(name, theirs.get(), serve);
  return ours;
}

}  // namespace broker
