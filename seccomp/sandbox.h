// Closes a process's sandbox: what it may still do afterwards is in vault.cc, frontend.cc,
// broker.cc, identifier.cc and formats.cc of this folder, as tables.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace sandbox {

// broker_with_keys: the broker where session.backing = "kernel".
enum class Role { broker, broker_with_keys, vault, frontend, identifier, formats };

enum class Access { read, write, execute };  // each includes the ones before it, but for write

// A path that is known at start only. Read sandbox::Reach for the rest of a process's paths.
struct Path {
  std::string path;
  Access access;
};

// How far the kernel went along.
struct Confinement {
  std::uint32_t landlock = 0;  // the version of its interface; 0: none, files are kept out by the
                               // list of system calls alone
  bool alone = false;          // it has namespaces of its own, and an empty root directory
};

// Whether the process has CAP_IPC_LOCK, and may lock more than RLIMIT_MEMLOCK with it.
bool may_lock_memory();

// Gives up the capabilities that the role kept until now.
base::Outcome drop_capabilities(Role role);

// The first half, which the kernel does for one thread only: call it before others start. Gives up,
// for good: capabilities (but those that the role keeps), new privileges, being traced, core dumps,
// and every path but the role's own and `paths`. A process that went through enter_namespaces()
// (see namespaces.h) gets an empty root directory.
// A kernel without Landlock or user namespaces is no failure here; the result says so.
base::Result<Confinement> confine(Role role, std::span<const Path> paths = {},
                                  bool in_namespaces = false);

// The second half, for every thread of the process: a system call that is not in the role's table
// kills it; before that it writes the call's number to the descriptor kLastWords (see
// last_words.h), or, when `alone`, a line to standard error.
// Call it after confine() and before reading the first byte from another process.
base::Outcome enter(Role role, bool alone = false);

// confine() and enter(), for a process with one thread.
base::Result<Confinement> close(Role role, std::span<const Path> paths = {}, bool alone = false);

}  // namespace sandbox
