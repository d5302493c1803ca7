// Asks a process outside of the sandbox what a client is called, and who publishes it: Landlock
// closes /proc/PID/exe and /proc/PID/root of processes that are not under it to those that are.
#pragma once

#include <deque>
#include <functional>

#include "base/event_loop.h"
#include "broker/client_identity.h"
#include "ipc/publisher.h"

namespace broker {

class Identifier {
 public:
  using Done = std::function<void(Identity)>;
  using Published = std::function<void(ipc::Installed)>;

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
  // The same for broker::installed().
  void ask_publisher(const std::string& application, Published done);

 private:
  using Answered = std::function<void(base::ByteView)>;  // with nothing, when there is none
  void send(std::uint32_t pid, const std::string& application, Answered answered);
  void on_answer();

  base::EventLoop& loop_;
  base::UniqueFd socket_;  // empty when the process is gone
  std::deque<Answered> waiting_;
};

}  // namespace broker
