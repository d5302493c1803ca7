// How much of a login's time may still be used.
#pragma once

#include <poll.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

namespace pam {

class Deadline {
 public:
  explicit Deadline(int milliseconds) : end_(now() + milliseconds) {}

  // Milliseconds, at least 0.
  int left() const { return static_cast<int>(std::max<long long>(end_ - now(), 0)); }
  bool passed() const { return left() == 0; }

  // Until the descriptor is ready, or broken; false when time is up first.
  bool wait_for(int fd, short events) const {
    pollfd entry{fd, events, 0};
    while (true) {
      const int ready = ::poll(&entry, 1, left());
      if (ready > 0) return true;
      if (ready == 0 || errno != EINTR) return false;
    }
  }

  // A moment, before another try.
  void pause() const { ::poll(nullptr, 0, std::min(left(), 20)); }

 private:
  static long long now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1'000'000;
  }

  long long end_;
};

}  // namespace pam
