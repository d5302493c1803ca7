#include "broker/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <cerrno>

#include "base/log.h"
#include "broker/bus_owner.h"

namespace broker {
namespace {

using ipc::control::AwaitVault;
using ipc::control::ReportName;
using ipc::store::Await;
using ipc::store::Start;

constexpr std::chrono::seconds kWaitForLock{5};
constexpr std::chrono::milliseconds kLockAttempts{20};

constexpr std::string_view kHowToLock =
    "give cofferd the capability (setcap cap_ipc_lock=+p) or raise the limit (RLIMIT_MEMLOCK, "
    "ulimit -l)";

sigset_t handled_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  return set;
}

template <class M>
void answer_with(const base::Outcome& outcome, ipc::Answer<M>& answer) {
  if (outcome)
    answer(ipc::Nothing{});
  else
    answer(base::fail(outcome.error()));
}

base::Failure<base::Error> no_keyring() {
  return base::fail(base::Code::not_supported, "session items are kept in memory alone");
}

// "with Landlock (version 6)".
std::string words_for_landlock(std::uint32_t version) {
  return version == 0 ? "without Landlock, which this kernel does not have"
                      : fmt::format("with Landlock (version {})", version);
}

std::string words_for_memory(const Start& vault) {
  const std::uint64_t kib = vault.arena_size / 1024;
  switch (vault.memory) {
    case Start::Memory::unlocked:
      break;
    case Start::Memory::locked:
      return fmt::format("keys are kept in {} KiB of locked memory (mlock)", kib);
    case Start::Memory::secret:
      return fmt::format("keys are kept in {} KiB of locked memory (memfd_secret)", kib);
    case Start::Memory::all:
      return "all memory of the vault is locked (CAP_IPC_LOCK)";
  }
  return "memory cannot be locked, so keys may be swapped to disk";
}

std::string words_for_sandbox(const Start& vault) {
  return fmt::format("{}; the vault has {}", words_for_landlock(vault.landlock),
                     vault.alone ? "namespaces of its own, and an empty root directory"
                                 : "no namespaces of its own");
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
                       const Configuration& configuration, Provisions provisions)
    : loop_(loop),
      replace_(options.replace),
      configuration_(configuration),
      programs_(std::move(provisions.programs)),
      directory_(std::move(provisions.directory)),
      introductions_(std::move(provisions.login)),
      identifier_(loop, std::move(provisions.identifier)),
      pinentry_(std::move(provisions.pinentry)),
      logins_(loop, introductions_, std::move(provisions.login_sockets)),
      login_import_(std::move(provisions.login_import)),
      keyring_(std::move(provisions.keyring)),
      manager_(std::move(provisions.manager)),
      landlock_(provisions.landlock) {}

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
  if (auto watched = watch_signals(); !watched) return watched;
  feed_watchdog();
  vault_.emplace(loop_, programs_.vault, serve_with<ipc::store::Protocol>(loop_, *this),
                 [this](const std::string& how) {
                   introductions_.vault_is_gone();
                   login_import_.stop();
                   on_gone(*vault_, "everything is locked", how);
                 });
  frontend_.emplace(loop_, programs_.frontend, serve_with<ipc::control::Protocol>(loop_, *this),
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
      login_import_.reap();
    } else if (!status_) {
      base::log::notice("ending: {}", ::sigdescr_np(static_cast<int>(info.ssi_signo)));
      finish(0);
    }
  }
}

void Supervisor::feed_watchdog() {
  const auto interval = manager_.watchdog_interval();
  if (!interval) return;
  manager_.tell("WATCHDOG=1");
  loop_.after(*interval, [this] { feed_watchdog(); });
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
  login_import_.look_again(directory_);
  if (auto started = vault_->start(); !started) return started;
  logins_.listen();
  return base::Ok{};
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
  manager_.tell("STOPPING=1");
  login_import_.stop();
  for (auto* child : {&vault_, &frontend_})
    if (*child) (*child)->close();
}

bool Supervisor::is_enough(const Start& vault) {
  if (vault.memory == Start::Memory::unlocked && configuration_.require_locked) {
    base::log::error("memory cannot be locked, and memory.require-locked asks for it: {}",
                     kHowToLock);
    return false;
  }
  const bool alone = vault.alone || vault.memory == Start::Memory::all;
  if (configuration_.require_sandbox && (landlock_ == 0 || vault.landlock == 0 || !alone)) {
    base::log::error("sandbox.require asks for more than this kernel gives: {}{}",
                     words_for_landlock(vault.landlock),
                     alone ? "" : ", and no namespaces for the vault (user namespaces are off)");
    return false;
  }
  return true;
}

void Supervisor::report(const Start& vault) {
  if (vault.memory == Start::Memory::unlocked)
    base::log::warning("{}: {}", words_for_memory(vault), kHowToLock);
  else
    base::log::info("{}", words_for_memory(vault));
  base::log::info("sandboxes are closed {}", words_for_sandbox(vault));
}

void Supervisor::on(Start request, ipc::Answer<Start> answer) {
  if (!is_enough(request)) return finish(1);
  report(request);
  vault_report_ = request;
  // The vault has it now. One that is started later must do with the limit.
  if (auto dropped = sandbox::drop_capabilities(sandbox::Role::broker); !dropped)
    base::log::warning("{}", dropped.error().what);
  auto key = directory_.open_locator_key();
  if (!key) {
    base::log::error("{}", key.error().what);
    return finish(1);
  }
  ipc::store::Settings settings = configuration_.settings;
  settings.keep_session = keyring_.has_value();
  answer(Start::Reply{settings, {*std::move(key)}, login_import_.is_possible()});
}

void Supervisor::on(Await request, ipc::Answer<Await> answer) {
  introductions_.on(request, std::move(answer));
}

void Supervisor::on(ipc::store::CreateCollection request,
                    ipc::Answer<ipc::store::CreateCollection> answer) {
  if (request.collection.value == "login") login_import_.note_that_it_is_due();
  store_->on(std::move(request), std::move(answer));
}

void Supervisor::on(ipc::store::ReadKeyring request, ipc::Answer<ipc::store::ReadKeyring> answer) {
  auto helper = login_import_.read_keyring(loop_, request.file);
  if (!helper) return answer(base::fail(helper.error()));
  answer(ipc::store::ReadKeyring::Reply{{*std::move(helper)}});
}

void Supervisor::on(ipc::store::EndImport request, ipc::Answer<ipc::store::EndImport> answer) {
  answer_with(login_import_.end(request), answer);
}

void Supervisor::on(ipc::store::KeepSessionRow request,
                    ipc::Answer<ipc::store::KeepSessionRow> answer) {
  answer_with(keyring_ ? keyring_->keep(request.row) : no_keyring(), answer);
}

void Supervisor::on(ipc::store::ForgetSessionRow request,
                    ipc::Answer<ipc::store::ForgetSessionRow> answer) {
  answer_with(keyring_ ? keyring_->forget(request.number) : no_keyring(), answer);
}

void Supervisor::on(ipc::store::LoadSessionRows request,
                    ipc::Answer<ipc::store::LoadSessionRows> answer) {
  if (!keyring_) return answer(no_keyring());
  answer(keyring_->rows_after(request.after));
}

void Supervisor::on(AwaitVault request, ipc::Answer<AwaitVault> answer) {
  introductions_.on(request, std::move(answer));
}

void Supervisor::on(ReportName report, ipc::Answer<ReportName> answer) {
  answer(ipc::Nothing{});
  if (status_) return;
  switch (report.state) {
    case ReportName::State::owned:
      manager_.tell(fmt::format("READY=1\nSTATUS=Serving {}", kBusName));
      return base::log::notice("ready: serving {}", kBusName);
    case ReportName::State::taken:
      return identifier_.ask(report.owner_pid, [this, report](const Identity& owner) {
        base::log::error("{} is served by {} already: {}", kBusName, describe_owner(report, owner),
                         replace_ ? "it does not let itself be replaced; stop it"
                                  : "use --replace to take over, or stop it");
        finish(1);
      });
    case ReportName::State::lost:
      return identifier_.ask(report.owner_pid, [this, report](const Identity& owner) {
        base::log::notice("replaced by {}; ending", describe_owner(report, owner));
        finish(0);
      });
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

void Supervisor::on(ipc::control::Describe, ipc::Answer<ipc::control::Describe> answer) {
  ipc::control::Describe::Reply reply;
  const auto say = [&](const char* name, std::string value) {
    reply.facts.items.push_back({{name}, {std::move(value)}});
  };
  say("version", COFFER_VERSION);
  say("broker", fmt::format("cofferd (pid {})", ::getpid()));
  say("vault", fmt::format("coffer-vault (pid {})", vault_ ? vault_->pid() : 0));
  if (vault_report_) {
    say("memory", words_for_memory(*vault_report_));
    say("sandbox", words_for_sandbox(*vault_report_));
  }
  say("data", directory_.path());
  say("logins", logins_.can_unlock() ? "unlock the keyring (pam_coffer)" : "are not heard");
  if (std::string words = login_import_.words(); !words.empty()) say("import", std::move(words));
  if (configuration_.session_backing == Configuration::SessionBacking::kernel)
    say("session", keyring_ ? "its items are kept in a kernel keyring until logout"
                            : "its items are kept in memory alone");
  say("pinentry", pinentry_ ? "can ask where the desktop has no prompter" : "none");
  answer(std::move(reply));
}

void Supervisor::on(ipc::control::IdentifyProcess request,
                    ipc::Answer<ipc::control::IdentifyProcess> answer) {
  const auto shared =
      std::make_shared<ipc::Answer<ipc::control::IdentifyProcess>>(std::move(answer));
  identifier_.ask(request.pid, [shared](Identity identity) {
    (*shared)(ipc::control::IdentifyProcess::Reply{{std::move(identity.program.value)}});
  });
}

void Supervisor::on(ipc::control::FindPublisher request,
                    ipc::Answer<ipc::control::FindPublisher> answer) {
  const auto shared = std::make_shared<ipc::Answer<ipc::control::FindPublisher>>(std::move(answer));
  identifier_.ask_publisher(request.application.value,
                            [shared](ipc::Installed found) { (*shared)(std::move(found)); });
}

}  // namespace broker
