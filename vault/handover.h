// Moves a few bytes into or out of a stranger's pipe or socket, without ever waiting for him.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace vault {

// The stranger shares the descriptor's flags: O_NONBLOCK, set for one call, could be gone before
// the next, and a full or an empty pipe would then hold up the vault for as long as he likes. So
// nothing here depends on them: sockets are used with MSG_DONTWAIT, and pipes by splice() with
// SPLICE_F_NONBLOCK from or to a pipe of our own. Anything else (files, terminals, devices) is
// refused; but a file in memory (memfd_create) can be read, which never waits.
class Handover {
 public:
  static constexpr std::size_t kMost = 4096;  // bytes, which a pipe takes as one

  // Call it before the sandbox closes. SIGPIPE is ignored from then on.
  static base::Result<Handover> make();

  // All of `bytes` (at most kMost), or nothing: false when there is no room now. Code::invalid for
  // what is neither a pipe nor a socket, Code::io when nobody reads.
  base::Result<bool> write(int to, base::ByteView bytes);

  // What there is, at most `into` (and kMost): how many bytes, 0 at the end, nothing when there is
  // nothing yet. Code::invalid for what cannot be read from.
  base::Result<std::optional<std::size_t>> read(int from, base::MutableBytes into);

 private:
  Handover(base::UniqueFd in, base::UniqueFd out) : in_(std::move(in)), out_(std::move(out)) {}
  base::Result<bool> fill(int pipe, base::ByteView bytes);
  base::Result<std::optional<std::size_t>> drain(int pipe, base::MutableBytes into);

  base::UniqueFd in_, out_;  // our own pipe, empty between two calls
};

}  // namespace vault
