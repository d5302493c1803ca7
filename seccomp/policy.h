// The shape of a process's declaration: what it may do, and why.
#pragma once

#include <seccomp.h>
#include <sys/capability.h>
#include <sys/resource.h>

#include <span>

namespace sandbox {

// A permitted system call. With a condition, `(argument & mask) == value` must hold.
struct Allowed {
  struct Condition {
    unsigned argument;
    scmp_datum_t mask;
    scmp_datum_t value;
  };
  int call;
  const char* why;
  std::span<const Condition> conditions = {};  // all must hold
};

struct Limit {
  __rlimit_resource resource;
  rlim_t most;
  const char* why;
};

struct Policy {
  const char* process;
  std::span<const Allowed> calls;
  std::span<const Limit> limits;
  std::span<const cap_value_t> keep;  // capabilities that stay permitted, where they were given
};

// What every process needs to run at all: memory without code, time, locks, randomness, its end.
std::span<const Allowed> basics();

const Policy& broker_policy();
const Policy& vault_policy();
const Policy& frontend_policy();

// Memory that is never executable.
inline constexpr Allowed::Condition kNotExecutable[] = {{2, 0x4 /* PROT_EXEC */, 0}};

}  // namespace sandbox
