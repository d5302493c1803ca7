// One request to the daemon, and its answer.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "ipc/login_protocol.h"
#include "pam/deadline.h"
#include "pam/problem.h"

namespace pam {

struct Outcome {
  std::optional<login::Result> result;  // or there is a problem
  Problem problem;
};

// The socket does not block. The passwords are sent from where they are: there is no copy.
Outcome exchange(int socket, const login::Request& request, const Deadline& deadline);

}  // namespace pam
