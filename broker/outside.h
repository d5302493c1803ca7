// Processes of ours that stay outside of the sandbox that closes around the broker.
//
// What the broker starts later inherits its list of system calls and its paths. The two things that
// cannot be done from in there, showing a pinentry and looking at other processes, are left to
// forks from before, which hold nothing and know one task each.
#pragma once

#include <functional>

#include "base/result.h"
#include "base/unique_fd.h"

namespace broker {

// Forks a process called `name` (at most 15 bytes) that runs `serve` with one socket, and has no
// other descriptor but 0 to 2; the result is the other end, which keeps messages apart
// (SOCK_SEQPACKET). `serve` must end when the socket is closed. Call it before the sandbox closes
// and before files are opened.
base::Result<base::UniqueFd> start_outside(const char* name,
                                           const std::function<void(int socket)>& serve);

}  // namespace broker
