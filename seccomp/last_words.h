// What a process says when its sandbox stops it.
#pragma once

#include <sys/types.h>

#include <string>

#include "seccomp/sandbox.h"

namespace sandbox {

// The descriptor that a process of ours is born with for this: a pipe to the broker.
inline constexpr int kLastWords = 4;

// Installs the handler of SIGSYS: it writes the forbidden call and ends the process by the same
// signal. `alone`: the words go to standard error instead, for a person.
void prepare_last_words(bool alone);

// "tried the system call openat", from what was read of the pipe: at most one record is looked at,
// and whatever it holds is safe to log. Empty when there is none.
std::string read_last_words(int pipe, Role role);

// A process that goes on as another one tells its parent which: see namespaces.h.
void say_moved(pid_t to);
// 0: unknown. Check that it is a child of yours.
pid_t read_moved(int pipe);

}  // namespace sandbox
