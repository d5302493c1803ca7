#include "seccomp/namespaces.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seccomp/last_words.h"

namespace sandbox {
namespace {

constexpr int kNamespaces = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
                            CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP;

// Its own directory of open descriptors: empty for good when the process has ended.
int move_to_a_directory_that_will_end(void*) {
  return ::chroot("/proc/self/fdinfo") == 0 && ::chdir("/") == 0 ? 0 : 1;
}

}  // namespace

// A program that is executed inside a user namespace belongs to it: every process of the user who
// made the namespace may then read its memory, PR_SET_DUMPABLE or not (ptrace_may_access of the
// kernel asks for CAP_SYS_PTRACE in the namespace of the execution). So the namespaces are entered
// after the execution, and the process ids', which only a new process can have, by going on as one.
bool enter_namespaces() {
  if (::unshare(kNamespaces) < 0) return false;
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, CLONE_PARENT, 0, 0, 0, 0));
  if (pid < 0) ::_exit(1);  // half the way cannot be undone
  if (pid == 0) return true;
  say_moved(pid);
  ::_exit(kMoved);
}

// No mount is made, because a process under Landlock may make none. Changing the root is left to a
// child that shares it (CLONE_FS).
bool enter_empty_root() {
  alignas(16) char stack[16 * 1024];
  const pid_t child = ::clone(&move_to_a_directory_that_will_end, stack + sizeof stack,
                              CLONE_FS | CLONE_VM | CLONE_VFORK | SIGCHLD, nullptr);
  int status = -1;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

}  // namespace sandbox
