#include "base/processors.h"

namespace base {

Processors::Processors() {
  CPU_ZERO(&allowed_);
  if (::sched_getaffinity(0, sizeof allowed_, &allowed_) != 0) CPU_ZERO(&allowed_);
}

bool Processors::stay_on(unsigned processor) const {
  if (processor >= CPU_SETSIZE || !CPU_ISSET(processor, &allowed_)) return false;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  return ::sched_setaffinity(0, sizeof one, &one) == 0;
}

void Processors::roam() const { ::sched_setaffinity(0, sizeof allowed_, &allowed_); }

}  // namespace base
