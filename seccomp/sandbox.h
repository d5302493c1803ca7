// Closes a process's sandbox: what it may still do afterwards is in vault.cc, frontend.cc and
// broker.cc of this folder, as tables.
#pragma once

#include "base/result.h"

namespace sandbox {

enum class Role { broker, vault, frontend };

// Gives up, for good and for every thread of the process: core dumps, being traced, new privileges,
// capabilities (the broker keeps CAP_IPC_LOCK, if it was given, to hand it to the vault) and every
// system call that is not in the role's table; one that is not listed kills the process.
// Call it after locking memory and before reading the first byte from another process.
base::Outcome enter(Role role);

// The part of enter() that the kernel does for one thread only. A process with several threads
// calls it before it starts them.
base::Outcome drop_capabilities(Role role);

}  // namespace sandbox
