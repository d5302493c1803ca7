// Where the frontend and the vault run while requests go back and forth.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/event_loop.h"
#include "base/processors.h"

namespace frontend {

// A request is two processes that take turns. On one processor the second goes on as the first goes
// to sleep; on two, each turn wakes a processor, which can take longer than the request. The kernel
// does not see that, and spreads them out. So during a burst of requests both stay on one: where
// the kernel has put the frontend, and for a while, so that it can choose again.
class Placement {
 public:
  static constexpr unsigned kSettled = 4;  // requests in a row at one place
  static constexpr unsigned kStay = 256;   // requests
  static constexpr std::chrono::milliseconds kPause{100};

  // Tells the vault's place: a processor, or anywhere.
  using MoveVault = std::function<void(std::optional<std::uint32_t>)>;

  // `loop` outlives it.
  Placement(base::EventLoop& loop, base::Processors processors, MoveVault move_vault)
      : loop_(loop), processors_(processors), move_vault_(std::move(move_vault)) {}
  Placement(const Placement&) = delete;
  Placement& operator=(const Placement&) = delete;
  ~Placement();

  // Called before each request.
  void on_request();
  // Another vault took the place of the last one; it runs anywhere.
  void on_new_vault() { vault_at_.reset(); }

 private:
  void settle();
  void leave();
  void await_pause();

  base::EventLoop& loop_;
  base::Processors processors_;
  MoveVault move_vault_;
  bool stays_ = false;
  unsigned requests_ = 0;  // since it stays, or at this place in a row
  int last_at_ = -1;
  std::optional<std::uint32_t> vault_at_;
  bool is_quiet_ = false;  // no request since the timer began
  std::optional<base::EventLoop::Timer> timer_;
};

}  // namespace frontend
