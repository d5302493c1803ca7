// The way to the user's daemon, checked at each step.
#pragma once

#include <sys/types.h>

#include "base/unique_fd.h"
#include "pam/deadline.h"
#include "pam/problem.h"

namespace pam {

struct Connection {
  base::UniqueFd socket;  // valid, or there is a problem
  Problem problem;
};

// Connected to the daemon of this user: nobody else could have made the socket or listens on it.
// Nothing has been sent.
Connection connect_to_daemon(uid_t user, const Deadline& deadline);

// Whether the user's session bus is where systemd has it.
Problem find_session_bus(uid_t user);

}  // namespace pam
