// What each step of a login means for the user's daemon. None of them can fail the login.
#pragma once

#include <pwd.h>
#include <security/pam_modules.h>

#include <span>

#include "pam/exchange.h"
#include "pam/options.h"
#include "pam/start_daemon.h"
#include "pam/stash.h"

namespace pam {

class Login {
 public:
  Login(pam_handle_t* handle, int argc, const char** argv);

  // False for a login that is none of ours: the user is root, the service is left out, or we may
  // not act for the user. The rest is then not to be called.
  bool concerns_us();

  // The stack accepted a password: put it by, and send it at once to a daemon that runs already
  // (screen lockers go no further than this).
  void on_authenticated();
  // Some lockers establish credentials afterwards; the daemon may be there by now.
  void on_credentials();
  // The user is in: unlock, start the daemon if need be, and forget the password.
  void on_session();
  void on_password_changed();

 private:
  Outcome tell(const login::Request& request, const Deadline& deadline);
  Outcome start(std::span<const std::byte> password, const Deadline& deadline);
  Outcome tell_of_session(Stash& stash, const Deadline& deadline);
  void unlock_early(Stash& stash);
  // One line, for the outcome of a call.
  void log(const Outcome& outcome);
  void debug(const char* what);
  const char* text(int item) const;

  pam_handle_t* handle_;
  Options options_;
  const char* service_;
  const passwd* user_ = nullptr;
};

}  // namespace pam
