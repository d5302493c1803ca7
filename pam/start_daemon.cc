// The process that we are in is somebody else's: it may have threads, handlers for SIGCHLD, and
// children that it waits for. So the daemon's parent is a child of ours that ends at once, made
// without a signal for its end, which an ordinary wait() does not see; and between that and the
// program's start there are system calls alone, because locks of the C library may be held by
// threads that the child has not got.
#include "pam/start_daemon.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/unique_fd.h"
#include "pam/daemon_socket.h"

namespace pam {
namespace {

constexpr int kStatus = 3;  // where the child has the pipe that tells of its failure
constexpr int kMaxGroups = 1024;

enum class Step : int { prepare, groups, group, user, start };

constexpr std::array kFailureOf = {
    "cannot prepare the daemon's descriptors", "cannot take on the user's groups",
    "cannot take on the user's group", "cannot become the user", "cannot start the daemon"};

struct Failure {
  Step step;
  int error;
};

// The calls as such: the C library's functions of these names speak to all threads of the process,
// which are not in the child.
#ifdef SYS_setresuid32
constexpr long kSetGroups = SYS_setgroups32, kSetGroup = SYS_setresgid32,
               kSetUser = SYS_setresuid32;
#else
constexpr long kSetGroups = SYS_setgroups, kSetGroup = SYS_setresgid, kSetUser = SYS_setresuid;
#endif

pid_t fork_without_signal() { return static_cast<pid_t>(::syscall(SYS_clone, 0, 0, 0, 0, 0)); }

struct Environment {
  char home[PATH_MAX + 8];
  char user[300];
  char logname[300];
  char runtime[64];
  char bus[96];

  template <std::size_t N>
  static bool print(char (&to)[N], const char* format, const char* value) {
    const int length = ::snprintf(to, N, format, value);
    return length >= 0 && static_cast<std::size_t>(length) < N;
  }
  bool fill(const Account& account) {
    char uid[24];
    ::snprintf(uid, sizeof uid, "%lu", static_cast<unsigned long>(account.uid));
    return print(home, "HOME=%s", account.home) && print(user, "USER=%s", account.name) &&
           print(logname, "LOGNAME=%s", account.name) &&
           print(runtime, "XDG_RUNTIME_DIR=/run/user/%s", uid) &&
           print(bus, "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/%s/bus", uid);
  }
};

// Everything that the child needs, made before there is a child.
struct Plan {
  const Account& account;
  const char* program;
  bool as_root;
  int input;
  int status;
  std::array<gid_t, kMaxGroups> groups;
  int group_count;
  Environment environment;
};

bool become_user(const Plan& plan, Step& step) {
  const Account& account = plan.account;
  // Without root's privilege there is nothing to take on; what a set-group-id program has goes.
  const gid_t group = plan.as_root ? account.gid : ::getgid();
  step = Step::groups;
  if (plan.as_root && ::syscall(kSetGroups, plan.group_count, plan.groups.data()) != 0)
    return false;
  step = Step::group;
  if (::syscall(kSetGroup, group, group, group) != 0) return false;
  step = Step::user;
  if (::syscall(kSetUser, account.uid, account.uid, account.uid) != 0) return false;
  errno = EPERM;
  return ::syscall(kSetUser, -1, 0, -1) != 0;  // and there is no way back
}

void close_from(unsigned first) {
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  for (unsigned fd = first; fd < std::min<rlim_t>(limit.rlim_cur, 65536); ++fd)
    ::close(static_cast<int>(fd));
}

bool arrange_descriptors(const Plan& plan) {
  if (::dup2(plan.input, STDIN_FILENO) < 0) return false;
  if (plan.status == kStatus ? ::fcntl(kStatus, F_SETFD, FD_CLOEXEC) != 0
                             : ::dup3(plan.status, kStatus, O_CLOEXEC) < 0)
    return false;
  const int null = ::open("/dev/null", O_RDWR);  // where one is missing, this is it
  if (null < 0 || ::dup2(null, STDOUT_FILENO) < 0 || ::dup2(null, STDERR_FILENO) < 0) return false;
  close_from(kStatus + 1);
  return true;
}

void forget_signals() {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal <= SIGRTMAX; ++signal) ::sigaction(signal, &usual, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run(Plan& plan) {
  Step step = Step::prepare;
  forget_signals();
  ::setsid();
  ::umask(077);
  if (::chdir("/") == 0 && arrange_descriptors(plan) && become_user(plan, step)) {
    char name[] = "cofferd", login[] = "--login", path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
    char* const arguments[] = {name, login, nullptr};
    Environment& its = plan.environment;
    char* const environment[] = {path,        its.home, its.user, its.logname,
                                 its.runtime, its.bus,  nullptr};
    step = Step::start;
    ::execve(plan.program, arguments, environment);
  }
  const Failure failure{step, errno};
  if (::write(kStatus, &failure, sizeof failure) != sizeof failure) ::_exit(126);
  ::_exit(127);
}

// No descriptor below 3, where a program without standard descriptors would give it to us: the
// child puts others there.
base::UniqueFd above_standard(int fd) {
  base::UniqueFd low(fd);
  if (fd > kStatus || fd < 0) return low;
  return base::UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, kStatus + 1));
}

struct Pipe {
  base::UniqueFd out, in;

  Pipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    out = above_standard(ends[0]);
    in = above_standard(ends[1]);
  }
  bool valid() const { return out.valid() && in.valid(); }
};

// A pipe takes it all at once, or we do without. The daemon drops one newline at the end, so that a
// password which ends in one needs another.
bool fill(Pipe& pipe, std::span<const std::byte> password) {
  const auto write_all = [&](const void* bytes, std::size_t size) {
    return ::write(pipe.in.get(), bytes, size) == static_cast<ssize_t>(size);
  };
  if (::fcntl(pipe.in.get(), F_SETFL, O_NONBLOCK) != 0) return false;
  if (!write_all(password.data(), password.size()) || !write_all("\n", 1)) return false;
  pipe.in = base::UniqueFd();
  return true;
}

// With all signals held back, or the program's handlers would run in the child.
bool launch(Plan& plan) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t middle = fork_without_signal();
  if (middle == 0) {
    const pid_t daemon = fork_without_signal();
    if (daemon == 0) run(plan);
    ::_exit(daemon < 0 ? 1 : 0);
  }
  int status = 0;
  while (middle > 0 && ::waitpid(middle, &status, __WCLONE) < 0 && errno == EINTR) {
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return middle > 0 && status == 0;
}

// The pipe ends when the program starts, or brings what went wrong.
Problem started(const base::UniqueFd& status, const Deadline& deadline) {
  if (!deadline.wait_for(status.get(), POLLIN)) return {"the daemon takes long to start"};
  Failure failure{};
  const ssize_t got = ::read(status.get(), &failure, sizeof failure);
  if (got == 0) return {};
  const auto step = static_cast<std::size_t>(failure.step);
  if (got != sizeof failure || step >= kFailureOf.size()) return {"cannot start the daemon"};
  return {kFailureOf[step], failure.error, false};
}

}  // namespace

Problem start_daemon(const Account& account, const char* program,
                     std::span<const std::byte> password, const Deadline& deadline) {
  if (Problem problem = find_session_bus(account.uid)) return problem;
  Pipe input, status;
  if (!input.valid() || !status.valid()) return system_problem("cannot make a pipe");
  Plan plan{account,         program, ::geteuid() == 0, input.out.get(),
            status.in.get(), {},      kMaxGroups,       {}};
  if (account.home[0] != '/' || !plan.environment.fill(account))
    return {"the user has no home directory"};
  if (plan.as_root &&
      ::getgrouplist(account.name, account.gid, plan.groups.data(), &plan.group_count) < 0)
    return {"the user is in too many groups"};
  if (!fill(input, password)) return {"the pipe does not take the password"};
  if (!launch(plan)) return {"cannot make a process"};
  status.in = base::UniqueFd();
  return started(status.out, deadline);
}

}  // namespace pam
