// Puts a few bytes into a stranger's pipe or socket, without ever waiting for him.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace vault {

// The stranger shares the descriptor's flags: O_NONBLOCK, set for one call, could be gone before
// the next, and a full pipe would then hold up the vault for as long as he likes. So nothing here
// depends on them: sockets are sent to with MSG_DONTWAIT, and pipes are filled by splice() with
// SPLICE_F_NONBLOCK out of a pipe of our own. Anything else (files, terminals, devices) is refused.
class Handover {
 public:
  static constexpr std::size_t kMost = 4096;  // bytes, which a pipe takes as one

  // Call it before the sandbox closes. SIGPIPE is ignored from then on.
  static base::Result<Handover> make();

  // All of `bytes` (at most kMost), or nothing: false when there is no room now. Code::invalid for
  // what is neither a pipe nor a socket, Code::io when nobody reads.
  base::Result<bool> write(int to, base::ByteView bytes);

 private:
  Handover(base::UniqueFd in, base::UniqueFd out) : in_(std::move(in)), out_(std::move(out)) {}
  base::Result<bool> fill(int pipe, base::ByteView bytes);

  base::UniqueFd in_, out_;  // our own pipe, empty between two calls
};

}  // namespace vault
