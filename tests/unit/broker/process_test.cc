#include "broker/process.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <filesystem>

namespace broker {
namespace {

using testing::HasSubstr;

// Runs a shell command as a child whose descriptor 3 is a socket; what it wrote there.
std::string output_of(const std::string& command, std::vector<std::string> environment = {}) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return "no sockets";
  const base::UniqueFd ours(ends[0]);
  auto pid = start_process(
      {"sh", "/bin/sh", sandbox::Role::frontend, {"-c", command}, std::move(environment)},
      base::UniqueFd(ends[1]), base::UniqueFd(::eventfd(0, EFD_CLOEXEC)));
  if (!pid) return pid.error().what;
  std::string output;
  char buffer[512];
  for (ssize_t got; (got = ::read(ours.get(), buffer, sizeof buffer)) > 0;)
    output.append(buffer, static_cast<std::size_t>(got));
  ::waitpid(*pid, nullptr, 0);
  return output;
}

TEST(Process, HasFiveDescriptorsAndNoMore) {
  const base::UniqueFd stray(::dup(0));  // without close-on-exec
  EXPECT_EQ(
      output_of("cd /proc/self/fd; echo 0 1 2 3 4 >&3; for f in *; do [ -e $f ] && [ $f -gt 4 ] "
                "&& readlink $f >&3; done; readlink 4 >&3"),
      "0 1 2 3 4\nanon_inode:[eventfd]\n");
  EXPECT_EQ(output_of("seen=$(readlink /proc/$$/fd/0 /proc/$$/fd/1); echo \"$seen\" >&3"),
            "/dev/null\n/dev/null\n");
}

TEST(Process, GetsTheNamedVariablesAlone) {
  ::setenv("COFFER_TEST_PASSED", "yes", 1);
  ::setenv("COFFER_TEST_KEPT", "no", 1);
  const std::string seen = output_of("tr '\\0' '\\n' </proc/self/environ >&3; env >&3",
                                     {"COFFER_TEST_PASSED", "COFFER_TEST_UNSET"});
  EXPECT_THAT(seen, HasSubstr("COFFER_TEST_PASSED=yes"));
  EXPECT_THAT(seen, testing::Not(HasSubstr("COFFER_TEST_KEPT")));
  EXPECT_THAT(seen, testing::Not(HasSubstr("HOME=")));
}

TEST(Process, HasNoSignalBlockedOrIgnored) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  const auto ignored = ::signal(SIGUSR1, SIG_IGN);
  const std::string seen = output_of("grep -E 'Sig(Blk|Ign)' /proc/self/status >&3");
  ::signal(SIGUSR1, ignored);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(seen, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Process, ThatCannotBeExecutedEndsWithAStatus) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const base::UniqueFd ours(ends[0]);
  const auto pid = start_process({"none", "/nonexistent", sandbox::Role::frontend, {}, {}},
                                 base::UniqueFd(ends[1]), base::UniqueFd(::dup(ends[0])));
  ASSERT_TRUE(pid);
  int status = 0;
  ASSERT_EQ(::waitpid(*pid, &status, 0), *pid);
  EXPECT_THAT(describe_end(status, ""), HasSubstr("127"));
}

TEST(Process, EndsAreToldInWords) {
  EXPECT_EQ(describe_end(SIGKILL, ""), "ended by signal 9 (Killed)");
  EXPECT_EQ(describe_end(SIGSYS, ""),
            "was stopped by its sandbox: it made a forbidden system call");
  EXPECT_EQ(describe_end(SIGSYS, "tried the system call openat"),
            "was stopped by its sandbox: it tried the system call openat");
  EXPECT_EQ(describe_end(3 << 8, ""), "ended with status 3");
}

TEST(Process, IsLookedForBesideUsAndWhereItIsInstalled) {
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  auto found = find_program(self.filename());
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, self);
  auto missing = find_program("coffer-nothing");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, HasSubstr("coffer-nothing"));
}

}  // namespace
}  // namespace broker
