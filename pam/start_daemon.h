// Starts the daemon as the user, with the login's password on its standard input.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

#include "pam/deadline.h"
#include "pam/problem.h"

namespace pam {

struct Account {
  uid_t uid;
  gid_t gid;
  const char* name;
  const char* home;
};

// Runs `program --login` in the background. No problem means that the program runs; what it makes
// of the password is for its own log.
Problem start_daemon(const Account& account, const char* program,
                     std::span<const std::byte> password, const Deadline& deadline);

}  // namespace pam
