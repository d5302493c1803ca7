// The module's arguments: what follows pam_coffer.so in a line of /etc/pam.d.
#pragma once

#include <span>
#include <string_view>

namespace pam {

inline constexpr int kMaxTimeout = 2000;  // milliseconds

struct Options {
  bool auto_start = false;
  bool debug = false;
  int timeout = kMaxTimeout;      // milliseconds, 1 to kMaxTimeout
  std::string_view only_if;       // service,service: these alone; empty: all but the usual ones
  std::string_view skip;          // service,service: not these
  const char* daemon = nullptr;   // the program that auto_start starts; null: the installed one
  const char* mistake = nullptr;  // the first argument that makes no sense; it is left out
};

// The views point into the arguments.
Options parse_options(std::span<const char* const> arguments);

// Whether logins through this PAM service unlock. Programs that act as a user without being that
// user's desktop do not (su, cron), unless only_if names them.
bool serves(const Options& options, std::string_view service);

}  // namespace pam
