// The daemon's life: both other processes, what they ask for, and an orderly end.
#pragma once

#include <optional>

#include "broker/child.h"
#include "broker/configuration.h"
#include "broker/data_directory.h"
#include "broker/identifier.h"
#include "broker/introductions.h"
#include "broker/kernel_keyring.h"
#include "broker/login_import.h"
#include "broker/logins.h"
#include "broker/options.h"
#include "broker/pinentry_launcher.h"
#include "broker/programs.h"
#include "broker/store.h"

namespace broker {

// What was made ready before the sandbox closed.
struct Provisions {
  Programs programs;
  DataDirectory directory;
  base::UniqueFd login;       // the login password's descriptor, or empty
  base::UniqueFd identifier;  // of Identifier::start()
  std::optional<PinentryLauncher> pinentry;
  LoginSockets login_sockets;
  LoginImport login_import;
  std::optional<KernelKeyring> keyring;  // none: session items are kept in memory alone
  ServiceManager manager;
  std::uint32_t landlock;  // our own sandbox::Confinement
};

class Supervisor {
 public:
  Supervisor(base::EventLoop& loop, const Options& options, const Configuration& configuration,
             Provisions provisions);

  // Serves until a signal or an error ends the daemon, and until both processes have ended. The
  // result is the exit status; what was wrong has been logged. Expects block_signals().
  int run();

  // From the vault.
  void on(ipc::store::Start request, ipc::Answer<ipc::store::Start> answer);
  void on(ipc::store::Await request, ipc::Answer<ipc::store::Await> answer);
  void on(ipc::store::CreateCollection request, ipc::Answer<ipc::store::CreateCollection> answer);
  void on(ipc::store::ReadKeyring request, ipc::Answer<ipc::store::ReadKeyring> answer);
  void on(ipc::store::EndImport request, ipc::Answer<ipc::store::EndImport> answer);
  void on(ipc::store::KeepSessionRow request, ipc::Answer<ipc::store::KeepSessionRow> answer);
  void on(ipc::store::ForgetSessionRow request, ipc::Answer<ipc::store::ForgetSessionRow> answer);
  void on(ipc::store::LoadSessionRows request, ipc::Answer<ipc::store::LoadSessionRows> answer);
  template <class Request>
  void on(Request request, ipc::Answer<Request> answer) {
    store_->on(std::move(request), std::move(answer));
  }
  // From the frontend.
  void on(ipc::control::AwaitVault request, ipc::Answer<ipc::control::AwaitVault> answer);
  void on(ipc::control::ReportName request, ipc::Answer<ipc::control::ReportName> answer);
  void on(ipc::control::IdentifyProcess request, ipc::Answer<ipc::control::IdentifyProcess> answer);
  void on(ipc::control::FindPublisher request, ipc::Answer<ipc::control::FindPublisher> answer);
  void on(ipc::control::StartPinentry request, ipc::Answer<ipc::control::StartPinentry> answer);
  void on(ipc::control::Describe request, ipc::Answer<ipc::control::Describe> answer);

 private:
  base::Outcome start();
  base::Outcome watch_signals();
  void on_signals();
  void feed_watchdog();
  void wait_for_storage();
  base::Outcome open_storage();
  void on_gone(Child& child, const char* consequence, const std::string& how);
  void finish(int status);
  void report(const ipc::store::Start& vault);
  bool is_enough(const ipc::store::Start& vault);

  base::EventLoop& loop_;
  const bool replace_;
  const Configuration configuration_;
  Programs programs_;
  DataDirectory directory_;
  Introductions introductions_;
  Identifier identifier_;
  std::optional<PinentryLauncher> pinentry_;
  Logins logins_;
  LoginImport login_import_;
  std::optional<KernelKeyring> keyring_;
  const ServiceManager manager_;
  const std::uint32_t landlock_;
  std::optional<ipc::store::Start> vault_report_;  // the present vault's
  base::UniqueFd signals_;
  base::EventLoop::Clock::time_point give_up_;  // waiting for another daemon's lock
  std::optional<Store> store_;                  // once the lock is ours; before the vault starts
  std::optional<Child> vault_;
  std::optional<Child> frontend_;
  std::optional<int> status_;  // set: the daemon is ending
};

// Makes signals wait for Supervisor::run(). Call it before anything that takes time.
void block_signals();

}  // namespace broker
