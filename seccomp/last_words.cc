#include "seccomp/last_words.h"

#include <fmt/format.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "seccomp/policy.h"

namespace sandbox {
namespace {

struct Words {
  std::uint32_t architecture;
  std::int32_t call;
};

constexpr std::uint32_t kMovedMark = 0;  // no architecture

bool g_alone = false;

// Between here and the end, only what a signal handler may do, and what every table allows.
void say(const Words& words) {
  if (!g_alone) {
    [[maybe_unused]] const auto n = ::write(kLastWords, &words, sizeof words);
    return;
  }
  char line[] = "stopped by its sandbox: forbidden system call number 0000\n";
  char* digit = line + sizeof line - 3;
  for (int rest = words.call; rest > 0 && *digit == '0'; rest /= 10)
    *digit-- = static_cast<char>('0' + rest % 10);
  [[maybe_unused]] const auto n = ::write(STDERR_FILENO, line, sizeof line - 1);
}

// The filter kills for the last call of this without asking anyone.
void on_forbidden_call(int, siginfo_t* info, void*) {
  say({info->si_arch, info->si_syscall});
  for (;;) ::syscall(SYS_ptrace);
}

}  // namespace

void prepare_last_words(bool alone) {
  g_alone = alone;
  struct sigaction action {};
  action.sa_sigaction = &on_forbidden_call;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigaction(SIGSYS, &action, nullptr);
}

void say_moved(pid_t to) { say({kMovedMark, to}); }

pid_t read_moved(int pipe) {
  Words words{};
  const bool whole = ::read(pipe, &words, sizeof words) == static_cast<ssize_t>(sizeof words);
  return whole && words.architecture == kMovedMark && words.call > 0 ? words.call : 0;
}

std::string read_last_words(int pipe, Role role) {
  Words words{};
  if (::read(pipe, &words, sizeof words) != static_cast<ssize_t>(sizeof words)) return {};
  const std::unique_ptr<char, void (*)(void*)> name(
      ::seccomp_syscall_resolve_num_arch(words.architecture, words.call), &std::free);
  if (!name) return fmt::format("tried the system call number {}", words.call);
  const Policy& policy = policy_of(role);
  const auto listed = [&](std::span<const Allowed> calls) {
    return std::any_of(calls.begin(), calls.end(),
                       [&](const Allowed& allowed) { return allowed.call == words.call; });
  };
  const bool known = listed(policy.calls) || listed(policy.more_calls);
  return fmt::format("tried the system call {}{}", name.get(),
                     known ? ", with arguments that it may not use" : "");
}

}  // namespace sandbox
