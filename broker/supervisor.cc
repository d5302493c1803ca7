#include "broker/supervisor.h"

#include <signal.h>
#include <sys/signalfd.h>

#include <cerrno>

#include "base/log.h"
#include "broker/bus_owner.h"
#include "broker/client_identity.h"

namespace broker {
namespace {

using ipc::control::AwaitVault;
using ipc::control::ReportName;
using ipc::store::Await;
using ipc::store::Start;

constexpr std::chrono::seconds kWaitForLock{5};
constexpr std::chrono::milliseconds kLockAttempts{20};

constexpr std::string_view kHowToLock =
    "give cofferd the capability (setcap cap_ipc_lock=+ep) or raise the limit (RLIMIT_MEMLOCK, "
    "ulimit -l)";

sigset_t handled_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  return set;
}

base::Result<Program> make_program(const char* name, std::vector<std::string> arguments,
                                   std::vector<std::string> environment) {
  auto path = find_program(name);
  if (!path) return base::fail(path.error());
  return Program{name, *std::move(path), std::move(arguments), std::move(environment)};
}

}  // namespace

void block_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file size limit is a full disk, not our end
  ::signal(SIGCHLD, SIG_DFL);  // not ignored, or there is nothing to wait for
  const sigset_t set = handled_signals();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

Supervisor::Supervisor(base::EventLoop& loop, const Options& options,
                       const Configuration& configuration, DataDirectory directory,
                       base::UniqueFd login, std::optional<PinentryLauncher> pinentry)
    : loop_(loop),
      replace_(options.replace),
      configuration_(configuration),
      directory_(std::move(directory)),
      introductions_(std::move(login)),
      pinentry_(std::move(pinentry)) {}

int Supervisor::run() {
  if (auto started = start(); !started) {
    base::log::error("{}", started.error().what);
    finish(1);
  }
  while (!status_ || (vault_ && vault_->exists()) || (frontend_ && frontend_->exists()))
    loop_.run_once(std::chrono::milliseconds::max());
  if (signals_.valid()) loop_.unwatch(signals_.get());
  return *status_;
}

// With --replace the bus name comes first: its owner then ends and gives the data directory free.
base::Outcome Supervisor::start() {
  if (!replace_)
    if (auto locked = directory_.lock(); !locked) return locked;
  auto vault = make_program("coffer-vault", {}, {"JOURNAL_STREAM"});
  if (!vault) return base::fail(vault.error());
  auto frontend = make_program(
      "coffer-frontend",
      replace_ ? std::vector<std::string>{"--replace"} : std::vector<std::string>{},
      {"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "JOURNAL_STREAM", "XDG_CURRENT_DESKTOP"});
  if (!frontend) return base::fail(frontend.error());
  if (auto watched = watch_signals(); !watched) return watched;
  vault_.emplace(loop_, *std::move(vault), serve_with<ipc::store::Protocol>(loop_, *this),
                 [this](const std::string& how) {
                   introductions_.vault_is_gone();
                   on_gone(*vault_, "everything is locked", how);
                 });
  frontend_.emplace(loop_, *std::move(frontend), serve_with<ipc::control::Protocol>(loop_, *this),
                    [this](const std::string& how) {
                      introductions_.frontend_is_gone();
                      on_gone(*frontend_, "nothing is locked by that", how);
                    });
  if (auto started = frontend_->start(); !started) return started;
  give_up_ = base::EventLoop::Clock::now() + kWaitForLock;
  wait_for_storage();
  return base::Ok{};
}

base::Outcome Supervisor::watch_signals() {
  const sigset_t set = handled_signals();
  signals_ = base::UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid()) return base::system_failure(errno, "cannot wait for signals");
  return loop_.watch(signals_.get(), EPOLLIN, [this](std::uint32_t) { on_signals(); });
}

void Supervisor::on_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGCHLD) {
      if (vault_) vault_->reap();
      if (frontend_) frontend_->reap();
    } else if (!status_) {
      base::log::notice("ending: {}", ::sigdescr_np(static_cast<int>(info.ssi_signo)));
      finish(0);
    }
  }
}

void Supervisor::wait_for_storage() {
  if (status_) return;
  auto locked = directory_.lock();
  const bool again = !locked && locked.error().code == base::Code::busy &&
                     base::EventLoop::Clock::now() < give_up_;
  if (again) {
    loop_.after(kLockAttempts, [this] { wait_for_storage(); });
    return;
  }
  if (locked) locked = open_storage();
  if (locked) return;
  base::log::error("{}", locked.error().what);
  finish(1);
}

base::Outcome Supervisor::open_storage() {
  auto store = Store::open(loop_, directory_.path());
  if (!store) return base::fail(store.error());
  store_.emplace(*std::move(store));
  return vault_->start();
}

void Supervisor::on_gone(Child& child, const char* consequence, const std::string& how) {
  if (status_) return;  // run() looks whether it was the last
  if (child.dies_too_often()) {
    base::log::error("{} {}, {} times within {} seconds; giving up", child.name(), how,
                     RestartRule::kDeaths, RestartRule::kWithin.count());
    return finish(1);
  }
  base::log::error("{} {}; starting it again, {}", child.name(), how, consequence);
  if (auto started = child.start(); !started) {
    base::log::error("{}", started.error().what);
    finish(1);
  }
}

void Supervisor::finish(int status) {
  if (status_) return;
  status_ = status;
  for (auto* child : {&vault_, &frontend_})
    if (*child) (*child)->close();
}

void Supervisor::on(Start request, ipc::Answer<Start> answer) {
  if (!request.memory_locked && configuration_.require_locked) {
    base::log::error("memory cannot be locked, and memory.require-locked asks for it: {}",
                     kHowToLock);
    return finish(1);
  }
  if (request.memory_locked)
    base::log::info("keys are kept in {} KiB of locked memory ({})", request.arena_size / 1024,
                    request.memory_secret ? "memfd_secret" : "mlock");
  else
    base::log::warning("memory cannot be locked, so keys may be swapped to disk: {}", kHowToLock);
  auto key = directory_.open_locator_key();
  if (!key) {
    base::log::error("{}", key.error().what);
    return finish(1);
  }
  answer(Start::Reply{configuration_.settings, {*std::move(key)}});
}

void Supervisor::on(Await request, ipc::Answer<Await> answer) {
  introductions_.on(request, std::move(answer));
}

void Supervisor::on(AwaitVault request, ipc::Answer<AwaitVault> answer) {
  introductions_.on(request, std::move(answer));
}

void Supervisor::on(ReportName report, ipc::Answer<ReportName> answer) {
  answer(ipc::Nothing{});
  if (status_) return;
  switch (report.state) {
    case ReportName::State::owned:
      return base::log::notice("ready: serving {}", kBusName);
    case ReportName::State::taken:
      base::log::error("{} is served by {} already: {}", kBusName, describe_owner(report),
                       replace_ ? "it does not let itself be replaced; stop it"
                                : "use --replace to take over, or stop it");
      return finish(1);
    case ReportName::State::lost:
      base::log::notice("replaced by {}; ending", describe_owner(report));
      return finish(0);
    case ReportName::State::no_bus:
      base::log::error("no session bus: {}", report.detail.value);
      return finish(1);
  }
}

void Supervisor::on(ipc::control::StartPinentry request,
                    ipc::Answer<ipc::control::StartPinentry> answer) {
  if (!pinentry_)
    return answer(base::fail(base::Code::unavailable, "there is no pinentry to be started"));
  auto socket = pinentry_->launch();
  if (!socket) return answer(base::fail(socket.error()));
  introductions_.on(request, *std::move(socket), std::move(answer));
}

void Supervisor::on(ipc::control::IdentifyProcess request,
                    ipc::Answer<ipc::control::IdentifyProcess> answer) {
  answer(ipc::control::IdentifyProcess::Reply{{program_of(request.pid)}});
}

}  // namespace broker
