// Landlock: which paths a process can reach at all (Documentation/userspace-api/landlock.rst of the
// kernel). The kernel's header is older than its newest rights, so these are named here.
#pragma once

#include <cstdint>
#include <span>

#include "seccomp/policy.h"

namespace sandbox {

// The version of the kernel's Landlock interface; 0 when there is none.
std::uint32_t landlock_version();

// Denies the calling thread, and what it starts, all of the file system but `fixed` and `paths`,
// TCP, signals to processes outside, and, unless `foreign_sockets`, abstract sockets of processes
// outside: as much of this as `version` of the interface knows. Needs PR_SET_NO_NEW_PRIVS.
base::Outcome restrict_paths(std::uint32_t version, std::span<const Reach> fixed,
                             std::span<const Path> paths, bool foreign_sockets);

}  // namespace sandbox
