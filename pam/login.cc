#include "pam/login.h"

#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "pam/daemon_socket.h"

namespace pam {
namespace {

using login::Operation;
using login::Result;

std::span<const std::byte> bytes_of(const char* text) {
  if (!text) return {};
  return std::as_bytes(std::span(text, ::strnlen(text, login::kMaxPassword + 1)));
}

bool can_be_sent(std::span<const std::byte> password) {
  return !password.empty() && password.size() <= login::kMaxPassword;
}

struct Words {
  int priority;
  const char* text;
};

Words words_for(Result result) {
  switch (result) {
    case Result::unlocked:
      return {LOG_DEBUG, "the login collection is unlocked"};
    case Result::created:
      return {LOG_INFO, "the login collection was created"};
    case Result::changed:
      return {LOG_INFO, "the login collection has the new password"};
    case Result::wrong_password:
      return {LOG_NOTICE, "the login collection has another password"};
    case Result::no_collection:
      return {LOG_DEBUG, "there is no login collection"};
    case Result::busy:
      return {LOG_NOTICE, "the daemon is busy with another login"};
    case Result::failed:
      return {LOG_NOTICE, "the daemon failed; its log has the reason"};
  }
  return {LOG_NOTICE, "the daemon's answer makes no sense"};
}

}  // namespace

Login::Login(pam_handle_t* handle, int argc, const char** argv)
    : handle_(handle),
      options_(parse_options({argv, static_cast<std::size_t>(argc)})),
      service_(text(PAM_SERVICE)) {}

bool Login::concerns_us() {
  if (options_.mistake)
    ::pam_syslog(handle_, LOG_WARNING, "cannot understand the argument %s", options_.mistake);
  if (!serves(options_, service_ ? service_ : "")) return debug("this service is left out"), false;
  const char* name = text(PAM_USER);  // never asked for
  user_ = name ? ::pam_modutil_getpwnam(handle_, name) : nullptr;
  if (!user_) return debug("there is no such user"), false;
  if (user_->pw_uid == 0) return debug("root has no daemon"), false;
  const uid_t us = ::geteuid();
  if (us != 0 && us != user_->pw_uid)
    return debug("this program is neither root nor the user"), false;
  return true;
}

void Login::on_authenticated() {
  Stash::drop(handle_);
  const char* password = text(PAM_AUTHTOK);
  if (bytes_of(password).empty()) return debug("this login has no password");
  Stash* stash = Stash::make(handle_, options_.timeout);
  if (!stash) return log({{}, {"there is no memory for the password"}});
  if (stash->set_password(password)) return unlock_early(*stash);
  Stash::drop(handle_);
  log({{}, {"the password is too long"}});
}

void Login::on_credentials() {
  if (Stash* stash = Stash::find(handle_)) unlock_early(*stash);
}

void Login::on_session() {
  Stash* stash = Stash::find(handle_);
  if (!stash) return debug("there is nothing to tell");
  log(tell_of_session(*stash, Deadline(stash->milliseconds)));
  Stash::drop(handle_);
}

void Login::on_password_changed() {
  const char* old_text = text(PAM_OLDAUTHTOK);
  const char* new_text = text(PAM_AUTHTOK);
  const auto old_password = bytes_of(old_text), new_password = bytes_of(new_text);
  if (!can_be_sent(old_password) || !can_be_sent(new_password))
    return log({{}, {"a password was set without the old one: the collection keeps its own"}});
  const Outcome outcome =
      tell({Operation::change, old_password, new_password}, Deadline(options_.timeout));
  Stash* stash = Stash::find(handle_);
  if (stash) {  // an expired password, changed on the way in
    stash->set_password(new_text);
    if (outcome.problem.absent && stash->previous().empty()) stash->set_previous(old_text);
    if (outcome.problem.absent) return debug("the session will tell of the new password");
  }
  log(outcome);
}

// Whatever this comes to, the session is still to come, unless the password is done with.
void Login::unlock_early(Stash& stash) {
  if (!stash.previous().empty()) return;  // the daemon must hear of the change first
  const Deadline deadline(stash.milliseconds);
  const Outcome outcome = tell({Operation::unlock, stash.password(), {}}, deadline);
  stash.milliseconds = deadline.left();
  if (outcome.problem.absent) return debug("there is no daemon yet");
  log(outcome);
  if (outcome.result == Result::unlocked || outcome.result == Result::wrong_password)
    Stash::drop(handle_);
}

Outcome Login::tell_of_session(Stash& stash, const Deadline& deadline) {
  const bool changed = !stash.previous().empty();
  const login::Request unlock{Operation::unlock_or_create, stash.password(), {}};
  const login::Request change{Operation::change, stash.previous(), stash.password()};
  Outcome outcome = tell(changed ? change : unlock, deadline);
  if (outcome.problem.absent && options_.auto_start) {
    outcome = start(changed ? stash.previous() : stash.password(), deadline);
    // The daemon that starts takes one password alone; the new one follows when it listens.
    while (changed && outcome.problem.absent && !deadline.passed()) {
      deadline.pause();
      outcome = tell(change, deadline);
    }
    return outcome;
  }
  return changed && outcome.result ? tell(unlock, deadline) : outcome;
}

Outcome Login::tell(const login::Request& request, const Deadline& deadline) {
  const Connection daemon = connect_to_daemon(user_->pw_uid, deadline);
  if (daemon.problem) return {{}, daemon.problem};
  return exchange(daemon.socket.get(), request, deadline);
}

Outcome Login::start(std::span<const std::byte> password, const Deadline& deadline) {
  const char* program = options_.daemon ? options_.daemon : COFFER_DAEMON;
  const Account account{user_->pw_uid, user_->pw_gid, user_->pw_name, user_->pw_dir};
  if (const Problem problem = start_daemon(account, program, password, deadline))
    return {{}, {problem.what, problem.error, false}};
  return {{}, {"the daemon was started", 0, true}};
}

void Login::log(const Outcome& outcome) {
  const Problem& problem = outcome.problem;
  const auto [priority, what] = outcome.result
                                    ? words_for(*outcome.result)
                                    : Words{problem.absent ? LOG_INFO : LOG_NOTICE, problem.what};
  if (priority == LOG_DEBUG) return debug(what);
  if (problem.error == 0) return ::pam_syslog(handle_, priority, "%s: %s", user_->pw_name, what);
  errno = problem.error;
  ::pam_syslog(handle_, priority, "%s: %s: %m", user_->pw_name, what);
}

void Login::debug(const char* what) {
  if (options_.debug) ::pam_syslog(handle_, LOG_DEBUG, "%s", what);
}

const char* Login::text(int item) const {
  const void* found = nullptr;
  if (::pam_get_item(handle_, item, &found) != PAM_SUCCESS) return nullptr;
  return static_cast<const char*>(found);
}

}  // namespace pam
