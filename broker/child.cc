#include "broker/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>

#include "base/log.h"
#include "seccomp/last_words.h"
#include "seccomp/namespaces.h"

namespace broker {
namespace {

// What a process may take to end after its connection was closed.
constexpr std::chrono::milliseconds kGrace{700};

}  // namespace

Child::Child(base::EventLoop& loop, Program program, Serve serve, OnGone on_gone)
    : loop_(loop),
      program_(std::move(program)),
      serve_(std::move(serve)),
      on_gone_(std::move(on_gone)) {}

base::Outcome Child::start() {
  auto sockets = ipc::make_socketpair();
  if (!sockets) return base::fail(sockets.error());
  int words[2];
  if (::pipe2(words, O_CLOEXEC | O_NONBLOCK) < 0)
    return base::system_failure(errno, fmt::format("cannot start {}", program_.name));
  last_words_ = base::UniqueFd(words[0]);
  auto pid = start_process(program_, std::move(sockets->second), base::UniqueFd(words[1]));
  if (!pid) return base::fail(pid.error());
  pid_ = *pid;
  status_ = -1;
  connection_ =
      serve_(std::move(sockets->first), [this](const std::string& reason) { on_closed(reason); });
  return base::Ok{};
}

void Child::close() {
  if (const Close connection = connection_) connection();
}

void Child::reap() {
  if (!exists() || status_ >= 0) return;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return;
  status_ = status;
  if (follow_move()) return reap();
  check_gone();
}

// True when the process went on as another one, which is now the one that we watch.
bool Child::follow_move() {
  if (!WIFEXITED(status_) || WEXITSTATUS(status_) != sandbox::kMoved) return false;
  const pid_t next = sandbox::read_moved(last_words_.get());
  siginfo_t none{};
  // Whoever wrote this: only a child of ours can be followed.
  if (next == 0 || ::waitid(P_PID, static_cast<id_t>(next), &none, WEXITED | WNOHANG | WNOWAIT) < 0)
    return false;
  pid_ = next;
  status_ = -1;
  return true;
}

bool Child::dies_too_often() { return rule_.too_often(std::chrono::steady_clock::now()); }

void Child::on_closed(const std::string& reason) {
  base::log::debug("{}: {}", program_.name, reason);
  connection_ = nullptr;
  check_gone();
  // One that broke the protocol, or hangs, is not waited for.
  if (exists())
    loop_.after(kGrace, [this, pid = pid_] {
      if (pid == pid_ && status_ < 0) ::kill(pid, SIGKILL);
    });
}

void Child::check_gone() {
  if (!exists() || status_ < 0 || connection_) return;
  pid_ = 0;
  on_gone_(describe_end(status_, sandbox::read_last_words(last_words_.get(), program_.role)));
}

}  // namespace broker
