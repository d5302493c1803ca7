// Each forbidden thing is tried for real, in a process of its own that has closed its sandbox.
#include "seccomp/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <thread>

namespace sandbox {
namespace {

#ifdef COFFER_SANITIZED
constexpr bool kFiltered = false;  // see sandbox.cc
#else
constexpr bool kFiltered = true;
#endif

// The wait status of a child that enters `role` and then runs `attempt`.
int status_after(Role role, const std::function<void()>& attempt) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!enter(role)) ::_exit(99);
    attempt();
    ::syscall(SYS_exit_group, 0);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

struct Attempt {
  const char* name;
  std::function<void()> act;
};

std::vector<Attempt> forbidden_to_all() {
  return {
      {"ptrace", [] { ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
      {"process_vm_readv",
       [] { ::syscall(SYS_process_vm_readv, ::getpid(), nullptr, 0, nullptr, 0, 0); }},
      {"keyctl", [] { ::syscall(SYS_keyctl, 0, 0, 0, 0, 0); }},
      {"add_key", [] { ::syscall(SYS_add_key, "user", "x", "y", 1, 0); }},
      {"io_uring_setup", [] { ::syscall(SYS_io_uring_setup, 1, nullptr); }},
      {"bpf", [] { ::syscall(SYS_bpf, 0, nullptr, 0); }},
      {"perf_event_open", [] { ::syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0); }},
      {"unshare", [] { ::unshare(CLONE_NEWUSER); }},
      {"mount", [] { ::syscall(SYS_mount, "a", "b", "c", 0, nullptr); }},
      {"chroot", [] { ::syscall(SYS_chroot, "/"); }},
      {"setuid", [] { ::syscall(SYS_setuid, 0); }},
      {"userfaultfd", [] { ::syscall(SYS_userfaultfd, 0); }},
      {"shmget", [] { ::syscall(SYS_shmget, 0, 4096, 0); }},
      {"mknodat", [] { ::syscall(SYS_mknodat, AT_FDCWD, "/nowhere/x", 0, 0); }},
      {"init_module", [] { ::syscall(SYS_init_module, nullptr, 0, ""); }},
      {"setns", [] { ::syscall(SYS_setns, -1, 0); }},
  };
}

std::vector<Attempt> forbidden_to_vault_and_frontend() {
  return {
      {"openat", [] { ::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY); }},
      {"socket", [] { ::socket(AF_UNIX, SOCK_STREAM, 0); }},
      {"inet socket", [] { ::socket(AF_INET, SOCK_STREAM, 0); }},
      {"connect", [] { ::syscall(SYS_connect, 0, nullptr, 0); }},
      {"execve", [] { ::syscall(SYS_execve, "/bin/true", nullptr, nullptr); }},
      {"fork", [] { ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
      {"kill", [] { ::syscall(SYS_kill, ::getpid(), 0); }},
      {"prctl", [] { ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }},
      {"code by mmap",
       [] { ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
      {"code by mprotect",
       [] {
         static char page[8192];
         ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
       }},
      {"unlinkat", [] { ::syscall(SYS_unlinkat, AT_FDCWD, "/nowhere", 0); }},
      {"dup", [] { ::syscall(SYS_dup, 0); }},
      {"memfd_create", [] { ::syscall(SYS_memfd_create, "x", 0); }},
      {"seccomp", [] { ::syscall(SYS_seccomp, 0, 0, nullptr); }},
      {"setrlimit", [] { ::syscall(SYS_prlimit64, 0, RLIMIT_CORE, nullptr, nullptr); }},
      {"ioctl", [] { ::syscall(SYS_ioctl, 0, 0, 0); }},
  };
}

void expect_killed(Role role, const std::vector<Attempt>& attempts) {
  if (!kFiltered) return;
  for (const Attempt& attempt : attempts) {
    const int status = status_after(role, attempt.act);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        << attempt.name << " status " << status;
  }
}

TEST(Sandbox, KillsTheVaultForEachForbiddenCall) {
  expect_killed(Role::vault, forbidden_to_all());
  expect_killed(Role::vault, forbidden_to_vault_and_frontend());
}

TEST(Sandbox, KillsTheFrontendForEachForbiddenCall) {
  expect_killed(Role::frontend, forbidden_to_all());
  expect_killed(Role::frontend, forbidden_to_vault_and_frontend());
}

TEST(Sandbox, KillsTheBrokerForEachForbiddenCall) {
  expect_killed(Role::broker, forbidden_to_all());
  expect_killed(Role::broker, {{"inet socket", [] { ::socket(AF_INET, SOCK_STREAM, 0); }}});
}

TEST(Sandbox, LeavesWhatIsNeeded) {
  for (const Role role : {Role::broker, Role::vault, Role::frontend}) {
    const int status = status_after(role, [] {
      void* memory =
          ::mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      ::munmap(memory, 1 << 20);
      [[maybe_unused]] auto n = ::write(STDERR_FILENO, "", 0);
    });
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
}

TEST(Sandbox, CoversThreadsThatWereThereBefore) {
  if (!kFiltered) return;
  const pid_t child = ::fork();
  if (child == 0) {
    std::atomic<bool> closed = false;
    std::thread early([&] {
      while (!closed) {
      }
      ::syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
    });
    if (!enter(Role::vault)) ::_exit(99);
    closed = true;
    for (;;) ::syscall(SYS_futex, nullptr, 0, 0, nullptr, nullptr, 0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
}

TEST(Sandbox, TheChildOfABrokerMayStartAndCloseItsOwn) {
  const int status = status_after(Role::broker, [] {
    const pid_t grandchild = ::fork();
    if (grandchild == 0) ::_exit(enter(Role::vault) ? 7 : 98);
    int inner = -1;
    ::waitpid(grandchild, &inner, 0);
    ::_exit(WIFEXITED(inner) ? WEXITSTATUS(inner) : 97);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
}

TEST(Sandbox, NothingIsLeftToGain) {
  for (const Role role : {Role::broker, Role::vault, Role::frontend}) {
    const int status = status_after(role, [role] {
      if (role != Role::broker) return;  // the others may not even ask
      rlimit core{};
      ::getrlimit(RLIMIT_CORE, &core);
      const bool sealed = core.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                          ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
      ::_exit(sealed ? 0 : 96);
    });
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
}

}  // namespace
}  // namespace sandbox
