// The shape of a process's declaration: what it may do, and why.
#pragma once

#include <seccomp.h>
#include <sys/capability.h>
#include <sys/resource.h>

#include <span>

#include "seccomp/sandbox.h"

namespace sandbox {

// A permitted system call. With conditions, `(argument & mask) == value` must hold for each;
// several rows of one call are alternatives.
struct Allowed {
  struct Condition {
    unsigned argument;
    scmp_datum_t mask;
    scmp_datum_t value;
  };
  int call;
  const char* why;
  std::span<const Condition> conditions = {};
};

struct Limit {
  __rlimit_resource resource;
  rlim_t most;
  const char* why;
};

// A capability that stays, where it was given.
struct Kept {
  enum class For { itself, child };
  cap_value_t capability;
  For whom;  // a child gets it through execve, being ambient
  const char* why;
};

// A path that Landlock leaves open, with all below it. One that does not exist is passed over.
struct Reach {
  const char* path;
  Access access;
  const char* why;
};

struct Policy {
  const char* process;
  std::span<const Allowed> calls;
  std::span<const Allowed> more_calls = {};  // a table shared with another process
  std::span<const Limit> limits = {};
  std::span<const Kept> keep = {};
  std::span<const Reach> reach = {};  // empty: no file system at all
  bool any_path = false;              // true: no Landlock at all
  bool foreign_sockets = false;       // abstract sockets of processes outside may be connected to
  std::span<const Allowed> wished_calls = {};  // for what the configuration asks for
};

const Policy& policy_of(Role role);
const Policy& broker_policy();
const Policy& broker_with_keys_policy();
const Policy& vault_policy();
const Policy& frontend_policy();
const Policy& identifier_policy();
const Policy& formats_policy();

// What an ordinary program needs to run at all: memory without code, time, locks, its end.
std::span<const Allowed> basics();

// A whole argument that must be `value`.
template <unsigned argument, scmp_datum_t value>
inline constexpr Allowed::Condition kOnly[] = {{argument, 0xffffffff, value}};

// The calling thread.
inline constexpr auto& kItself = kOnly<0, 0>;

// splice() from a pipe to a pipe that never waits.
inline constexpr Allowed::Condition kWithoutWaiting[] = {
    {1, ~scmp_datum_t{0}, 0}, {3, ~scmp_datum_t{0}, 0}, {5, 0xffffffff, 2 /* SPLICE_F_NONBLOCK */}};

// Memory that is never executable.
inline constexpr Allowed::Condition kNotExecutable[] = {{2, 0x4 /* PROT_EXEC */, 0}};

}  // namespace sandbox
