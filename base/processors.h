// Where this process may run.
#pragma once

#include <sched.h>

namespace base {

// The processors that were allowed when this was made. The kernel refuses, and nothing changes,
// where a sandbox or the machine has it otherwise.
class Processors {
 public:
  Processors();
  // The calling thread runs on this one alone from now on. False when it may not.
  bool stay_on(unsigned processor) const;
  // The calling thread runs where it was allowed to at first.
  void roam() const;

 private:
  cpu_set_t allowed_;  // none on a machine with more than CPU_SETSIZE
};

}  // namespace base
