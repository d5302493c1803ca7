// Each forbidden thing is tried for real, in a process of its own that has closed its sandbox.
#include "seccomp/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "base/unique_fd.h"
#include "seccomp/landlock.h"
#include "seccomp/last_words.h"
#include "seccomp/namespaces.h"
#include "tests/probe/attempts.h"

namespace sandbox {
namespace {

#ifdef COFFER_SANITIZED
constexpr bool kFiltered = false;  // see sandbox.cc
#else
constexpr bool kFiltered = true;
#endif

// The wait status of a child that runs `act`.
int status_of(const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) ::syscall(SYS_exit_group, act());
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

// The same, when the child closed the sandbox of `role` before.
int status_after(Role role, const std::function<void()>& attempt) {
  return status_of([&] {
    if (!close(role)) return 99;
    attempt();
    return 0;
  });
}

bool was_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS; }

// What is left when the list of system calls is not there: Landlock, and the vault's empty root.
// The exit status of a child that went through confine(), as errno of its `attempt`; 0: it worked.
int error_when_confined(Role role, std::vector<Path> paths, const std::function<bool()>& attempt) {
  const int status = status_of([&] {
    if (!confine(role, paths)) return 199;
    return attempt() ? 0 : errno;
  });
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool can_open(const std::string& path, int flags = O_RDONLY) {
  return base::UniqueFd(::open(path.c_str(), flags, 0600)).valid();
}

template <class Address>
bool can_connect(int family, const Address& address) {
  const base::UniqueFd socket(::socket(family, SOCK_STREAM, 0));
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

TEST(Sandbox, KillsEachProcessForEachForbiddenCall) {
  if (!kFiltered) return;
  for (const Role role : {Role::broker, Role::vault, Role::frontend, Role::formats})
    for (const probe::Attempt& attempt : probe::kAttempts) {
      if (!attempt.is_forbidden_to(role)) continue;
      const int status = status_after(role, [&] { attempt.make(); });
      EXPECT_TRUE(was_killed(status))
          << "role " << static_cast<int>(role) << ": " << attempt.name << ", status " << status;
    }
}

// In a user namespace everybody has every capability.
TEST(Sandbox, TakesNoCapabilityOfAUserNamespaceForTheRightToLockMemory) {
  const int status = status_of([] {
    const rlimit little{64 * 1024, 64 * 1024};
    ::setrlimit(RLIMIT_MEMLOCK, &little);
    if (::unshare(CLONE_NEWUSER) < 0) return 77;
    return may_lock_memory() ? 1 : 0;
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "no user namespaces here";
  EXPECT_EQ(status, 0);
}

TEST(Sandbox, LeavesWhatIsNeeded) {
  for (const Role role : {Role::broker, Role::vault, Role::frontend, Role::formats}) {
    const int status = status_after(role, [] {
      void* memory =
          ::mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      ::munmap(memory, 1 << 20);
      [[maybe_unused]] auto n = ::write(STDERR_FILENO, "", 0);
    });
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
}

TEST(Sandbox, LeavesKernelKeyringsToTheBrokerThatKeepsSessionItemsThere) {
  if (!kFiltered) return;
  const auto keyctl = [](long operation) { ::syscall(SYS_keyctl, operation, 0, 0, 0, 0); };
  for (const long operation :
       {KEYCTL_SEARCH, KEYCTL_READ, KEYCTL_SETPERM, KEYCTL_INVALIDATE, KEYCTL_UNLINK}) {
    EXPECT_EQ(status_after(Role::broker_with_keys, [&] { keyctl(operation); }), 0) << operation;
    EXPECT_TRUE(was_killed(status_after(Role::broker, [&] { keyctl(operation); }))) << operation;
    EXPECT_TRUE(was_killed(status_after(Role::broker_with_keys, [&] {
      if (close(Role::vault)) keyctl(operation);
    }))) << operation;
  }
  for (const long operation : {KEYCTL_GET_KEYRING_ID, KEYCTL_JOIN_SESSION_KEYRING, KEYCTL_LINK,
                               KEYCTL_CLEAR, KEYCTL_INSTANTIATE, KEYCTL_SESSION_TO_PARENT})
    EXPECT_TRUE(was_killed(status_after(Role::broker_with_keys, [&] { keyctl(operation); })))
        << operation;
  EXPECT_EQ(status_after(Role::broker_with_keys,
                         [] { ::syscall(SYS_add_key, nullptr, nullptr, nullptr, 0, 0); }),
            0);
  EXPECT_TRUE(was_killed(status_after(
      Role::broker_with_keys, [] { ::syscall(SYS_request_key, nullptr, nullptr, nullptr, 0); })));
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
    if (!close(Role::vault)) ::_exit(99);
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
    if (grandchild == 0) ::_exit(close(Role::vault) ? 7 : 98);
    int inner = -1;
    ::waitpid(grandchild, &inner, 0);
    ::_exit(WIFEXITED(inner) ? WEXITSTATUS(inner) : 97);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
}

TEST(Sandbox, NothingIsLeftToGain) {
  for (const Role role : {Role::broker, Role::vault, Role::frontend, Role::formats}) {
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

TEST(Sandbox, TellsWhichCallItWas) {
  if (!kFiltered) return;
  const auto words_after = [](const std::function<void()>& attempt) {
    int words[2];
    EXPECT_EQ(::pipe2(words, O_NONBLOCK), 0);
    const base::UniqueFd end(words[0]), begin(words[1]);
    const int status = status_of([&] {
      ::dup2(begin.get(), kLastWords);
      if (!close(Role::vault)) return 99;
      attempt();
      return 0;
    });
    EXPECT_TRUE(was_killed(status)) << status;
    return read_last_words(end.get(), Role::vault);
  };
  EXPECT_EQ(words_after([] { ::syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY); }),
            "tried the system call openat");
  EXPECT_EQ(words_after([] { ::mmap(nullptr, 1, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }),
            "tried the system call mmap, with arguments that it may not use");
  EXPECT_EQ(words_after([] { ::syscall(100'000); }), "tried the system call number 100000");
  EXPECT_EQ(words_after([] { ::syscall(SYS_ptrace); }), "");  // killed without being asked
}

TEST(Landlock, LeavesVaultFrontendAndFormatsNoFileSystem) {
  if (!kFiltered || landlock_version() == 0) return;
  for (const Role role : {Role::vault, Role::frontend, Role::formats})
    for (const char* path : {"/", "/etc/passwd", "/proc/self/mem", "/dev/null", "."})
      EXPECT_THAT(error_when_confined(role, {}, [&] { return can_open(path); }),
                  testing::AnyOf(EACCES, ENOENT, ESRCH))
          << path;
}

TEST(Landlock, LeavesTheBrokerItsDataAndThePathsOfItsTable) {
  if (!kFiltered || landlock_version() == 0) return;
  const std::string top = std::filesystem::temp_directory_path() / "coffer-landlock-XXXXXX";
  std::vector<char> name(top.c_str(), top.c_str() + top.size() + 1);
  const std::string data = ::mkdtemp(name.data());
  const std::vector<Path> paths{{data, Access::write}};
  const auto error = [&](const std::string& path, int flags) {
    return error_when_confined(Role::broker, paths, [&] { return can_open(path, flags); });
  };
  EXPECT_EQ(error(data + "/new", O_RDWR | O_CREAT), 0);
  EXPECT_EQ(error(data + "-beside", O_RDWR | O_CREAT), EACCES);
  EXPECT_EQ(error("/etc/passwd", O_RDONLY), EACCES);
  EXPECT_EQ(error("/proc/self/status", O_RDONLY), EACCES);
  EXPECT_EQ(error("/usr/bin/env", O_RDONLY), 0);
  EXPECT_EQ(error_when_confined(Role::broker, paths,
                                [] { return ::execl("/usr/bin/env", "env", nullptr) == 0; }),
            EACCES);
  std::filesystem::remove_all(data);
}

TEST(Landlock, LeavesNoOtherProcess) {
  if (!kFiltered || landlock_version() < 6) return;
  const base::UniqueFd listening(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof inet;
  ASSERT_EQ(::bind(listening.get(), reinterpret_cast<sockaddr*>(&inet), size), 0);
  ASSERT_EQ(::listen(listening.get(), 8), 0);
  ::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&inet), &size);
  ASSERT_TRUE(can_connect(AF_INET, inet));

  sockaddr_un abstract{AF_UNIX, {}};
  fmt::format_to_n(abstract.sun_path + 1, sizeof abstract.sun_path - 1, "coffer-{}", ::getpid());
  const base::UniqueFd unnamed(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(unnamed.get(), reinterpret_cast<sockaddr*>(&abstract), sizeof abstract), 0);
  ASSERT_EQ(::listen(unnamed.get(), 8), 0);
  ASSERT_TRUE(can_connect(AF_UNIX, abstract));

  for (const Role role : {Role::broker, Role::vault, Role::frontend}) {
    EXPECT_EQ(error_when_confined(role, {}, [&] { return can_connect(AF_INET, inet); }), EACCES);
    EXPECT_EQ(error_when_confined(role, {}, [] { return ::kill(::getppid(), 0) == 0; }), EPERM);
    EXPECT_EQ(error_when_confined(role, {}, [&] { return can_connect(AF_UNIX, abstract); }),
              role == Role::broker ? 0 : EPERM);
  }
}

// The new process's exit status; -1 when the old one went on itself.
int status_of_moved(const std::function<int()>& act) {
  int words[2];
  EXPECT_EQ(::pipe(words), 0);
  const base::UniqueFd end(words[0]), begin(words[1]);
  const int status = status_of([&] {
    ::dup2(begin.get(), kLastWords);
    return enter_namespaces() ? act() : 90;
  });
  if (!WIFEXITED(status) || WEXITSTATUS(status) != kMoved) return -1;
  const pid_t next = read_moved(end.get());
  int moved = -1;
  EXPECT_EQ(::waitpid(next, &moved, 0), next);
  return WIFEXITED(moved) ? WEXITSTATUS(moved) : -2;
}

bool namespaces_are_possible() {
  return status_of([] { return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 ? 0 : 1; }) == 0;
}

TEST(Namespaces, AreEnteredByGoingOnAsAnotherChildOfTheSameParent) {
  const int status = status_of_moved([] { return ::getpid() == 1 ? 5 : 6; });
  EXPECT_EQ(status, namespaces_are_possible() ? 5 : -1);
}

TEST(Namespaces, HaveAnEmptyRoot) {
  if (!namespaces_are_possible()) return;
  EXPECT_EQ(status_of_moved([] {
              const auto confinement = confine(Role::vault, {}, true);
              if (!confinement || !confinement->alone) return 99;
              return ::access("/etc", F_OK) < 0 && ::access("/proc", F_OK) < 0 ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace sandbox
