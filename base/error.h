// What went wrong, as a value that can cross a process boundary and be shown to a person.
#pragma once

#include <cstdint>
#include <string>

namespace base {

// The kinds of failure that callers tell apart. The values are part of the wire format.
enum class Code : std::uint8_t {
  internal = 1,       // a bug, or a failure of the system that nobody can act on
  invalid = 2,        // the request makes no sense
  not_supported = 3,  // the request makes sense, but not here
  no_such_collection = 4,
  no_such_item = 5,
  no_such_session = 6,  // unknown, or another client's
  locked = 7,           // the collection must be unlocked first
  wrong_password = 8,
  limits_exceeded = 9,  // too large or too many; nothing was allocated or changed
  already_exists = 10,
  damaged = 11,      // stored bytes failed authentication or could not be parsed
  too_new = 12,      // stored by a newer Coffer; left untouched
  no_space = 13,     // the disk is full; nothing was changed
  io = 14,           // the disk failed; nothing was acknowledged
  conflict = 15,     // the stored state is not the one this write was made for
  busy = 16,         // somebody else holds it
  unavailable = 17,  // the process that answers this is gone or not yet there
  denied = 18,       // refused by configuration
};

// `what` names what failed and on what, in words for a person; it never contains a secret.
// (The analyzer loses track of what a std::variant holds, and takes copies for uninitialised.)
struct Error {  // NOLINT(clang-analyzer-core.uninitialized.Assign)
  Code code = Code::internal;
  std::string what;
};

// An Error for a failed system call: "WHAT: strerror(errno)".
Error system_error(int error_number, std::string what);

}  // namespace base
