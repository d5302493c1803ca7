#include "vault/nearness.h"

#include <sched.h>

namespace vault {

void work_near(std::uint32_t processor) {
  cpu_set_t here;
  if (processor >= CPU_SETSIZE) return;
  CPU_ZERO(&here);
  CPU_SET(processor, &here);
  ::sched_setaffinity(0, sizeof here, &here);
}

}  // namespace vault
