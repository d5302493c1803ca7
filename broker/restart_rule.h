// When a process that keeps dying is not started again.
#pragma once

#include <chrono>
#include <deque>

namespace broker {

class RestartRule {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kDeaths = 5;
  static constexpr std::chrono::seconds kWithin{10};

  // Notes a death; true when it was the fifth within ten seconds.
  bool too_often(Time now) {
    deaths_.push_back(now);
    if (deaths_.size() > kDeaths) deaths_.pop_front();
    return deaths_.size() == kDeaths && now - deaths_.front() <= kWithin;
  }

 private:
  std::deque<Time> deaths_;
};

}  // namespace broker
