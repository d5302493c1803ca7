#include "frontend/placement.h"

#include <sched.h>

namespace frontend {

Placement::~Placement() {
  if (timer_) loop_.cancel(*timer_);
}

void Placement::on_request() {
  is_quiet_ = false;
  ++requests_;
  if (stays_ && requests_ >= kStay) return leave();
  if (stays_) return;
  const int here = ::sched_getcpu();
  if (here != last_at_) requests_ = 1;
  last_at_ = here;
  if (here >= 0 && requests_ >= kSettled) settle();
}

void Placement::settle() {
  const auto here = static_cast<std::uint32_t>(last_at_);
  requests_ = 0;
  if (!processors_.stay_on(here)) return;
  stays_ = true;
  if (vault_at_ != here) move_vault_(here);
  vault_at_ = here;
  if (!timer_) await_pause();
}

void Placement::leave() {
  if (stays_) processors_.roam();
  stays_ = false;
  requests_ = 0;
}

// After the burst both may go anywhere, since others may come to where they are.
void Placement::await_pause() {
  is_quiet_ = true;
  timer_ = loop_.after(kPause, [this] {
    timer_.reset();
    if (!is_quiet_) return await_pause();
    leave();
    if (vault_at_) move_vault_(std::nullopt);
    vault_at_.reset();
  });
}

}  // namespace frontend
