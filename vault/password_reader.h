// Reads a password from a descriptor into the arena.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/event_loop.h"
#include "vault/handover.h"
#include "vault/keys.h"

namespace vault {

// Up to the end of what the descriptor carries, without blocking the loop; one newline at the end
// is dropped. At most 4096 bytes: Code::limits_exceeded for more. The object keeps itself alive
// until `done` was called.
class PasswordReader : public std::enable_shared_from_this<PasswordReader> {
 public:
  using Done = std::function<void(base::Result<SecretBytes>)>;
  static constexpr std::chrono::seconds kPatience{10};  // with a stranger

  // From whoever started us: a pipe, a socket, a terminal or a file, however long it takes.
  static void read(base::EventLoop& loop, Arena& arena, base::UniqueFd from, Done done);

  // From a stranger: what is there already is read at once; the rest must come within kPatience
  // (Code::unavailable). Null when it is over already.
  static std::shared_ptr<PasswordReader> read_from_stranger(base::EventLoop& loop, Arena& arena,
                                                            Handover& handover, base::UniqueFd from,
                                                            Done done);

  // Ends it now, with this reason.
  void give_up(base::Code code, std::string why) { finish(base::fail(code, std::move(why))); }

 private:
  enum class State { waiting, over };
  PasswordReader(base::EventLoop& loop, Handover* handover, base::UniqueFd from, SecretBytes buffer,
                 Done done)
      : loop_(loop),
        handover_(handover),
        from_(std::move(from)),
        buffer_(std::move(buffer)),
        done_(std::move(done)) {}
  State begin_with_stranger();
  void on_readable();
  // All that there is now.
  State read_some();
  base::Result<std::optional<std::size_t>> read_into(base::MutableBytes rest);
  void finish(base::Outcome outcome);

  base::EventLoop& loop_;
  Handover* handover_;  // null: not a stranger's
  base::UniqueFd from_;
  SecretBytes buffer_;
  std::size_t used_ = 0;
  bool watched_ = false;
  base::EventLoop::Timer deadline_{};
  Done done_;
};

}  // namespace vault
