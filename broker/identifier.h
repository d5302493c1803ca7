// Asks a process outside of the sandbox what a client is called: Landlock closes /proc/PID/exe and
// /proc/PID/root of processes that are not under it to those that are.
#pragma once

#include <deque>
#include <functional>

#include "base/event_loop.h"
#include "broker/client_identity.h"

namespace broker {

class Identifier {
 public:
  using Done = std::function<void(Identity)>;

  // Forks the process. Call it before the sandbox closes and before files are opened.
  static base::Result<base::UniqueFd> start();

  // `socket` is what start() gave.
  Identifier(base::EventLoop& loop, base::UniqueFd socket);
  ~Identifier();
  Identifier(const Identifier&) = delete;
  Identifier& operator=(const Identifier&) = delete;

  // `done` is called from the loop; with empty names when they cannot be known, or when too many
  // questions wait.
  void ask(std::uint32_t pid, Done done);

 private:
  void on_answer();

  base::EventLoop& loop_;
  base::UniqueFd socket_;  // empty when the process is gone
  std::deque<Done> waiting_;
};

}  // namespace broker
