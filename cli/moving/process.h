// A program that is started for one answer: with pipes, and nothing else of ours.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace cli {

struct Pipe {
  base::UniqueFd read, write;
};
base::Result<Pipe> make_pipe();

// Started, and ended with this object at the latest.
class Process {
 public:
  // `program` is a path, or a name to look for in PATH. `inherited` are the descriptors that it
  // gets, and their numbers there, the highest last; of 0, 1 and 2 those that are not named are
  // /dev/null. Without `environment` its environment is empty. Code::unavailable when it cannot be
  // started.
  static base::Result<Process> start(const std::vector<std::string>& command,
                                     const std::vector<std::pair<int, int>>& inherited,
                                     bool environment);

  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  Process& operator=(Process&&) = delete;
  ~Process();

  // Waits for its end; the status as waitpid(2) has it.
  int wait();
  // Ends it if it has not ended by itself; the status likewise.
  int end();

 private:
  explicit Process(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

// Ignores SIGPIPE while it lives: who writes to a program that has ended is told so by write(2).
class IgnoredPipeSignal {
 public:
  IgnoredPipeSignal();
  ~IgnoredPipeSignal();
  IgnoredPipeSignal(const IgnoredPipeSignal&) = delete;
  IgnoredPipeSignal& operator=(const IgnoredPipeSignal&) = delete;

 private:
  void (*former_)(int);
};

}  // namespace cli
