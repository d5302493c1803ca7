// Reads a password from a descriptor into the arena.
#pragma once

#include <functional>
#include <memory>

#include "base/event_loop.h"
#include "vault/keys.h"

namespace vault {

// Up to the end of what the descriptor carries (a pipe, a socket, a terminal or a file), without
// blocking the loop; one newline at the end is dropped. At most 4096 bytes. The object keeps itself
// alive until `done` was called.
class PasswordReader : public std::enable_shared_from_this<PasswordReader> {
 public:
  using Done = std::function<void(base::Result<SecretBytes>)>;

  static void read(base::EventLoop& loop, Arena& arena, base::UniqueFd from, Done done);

 private:
  PasswordReader(base::EventLoop& loop, base::UniqueFd from, SecretBytes buffer, Done done)
      : loop_(loop), from_(std::move(from)), buffer_(std::move(buffer)), done_(std::move(done)) {}
  // False when everything was read, or nothing more can be.
  bool read_some();
  void finish(base::Outcome outcome);

  base::EventLoop& loop_;
  base::UniqueFd from_;
  SecretBytes buffer_;
  std::size_t used_ = 0;
  Done done_;
};

}  // namespace vault
