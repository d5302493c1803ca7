// One thread, one epoll, no blocking: what every process's main runs.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace base {

class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Handler = std::function<void(std::uint32_t events)>;
  using Task = std::function<void()>;
  enum class Timer : std::uint64_t { none = 0 };

  // Aborts when the kernel gives no epoll descriptor: without one there is no process.
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Calls `handler` whenever one of `events` (EPOLLIN, EPOLLOUT) or an error is pending on `fd`.
  // The descriptor stays the caller's, who unwatches it before closing. Fails with Code::io for
  // descriptors that cannot be waited for (regular files).
  Outcome watch(int fd, std::uint32_t events, Handler handler);
  void change(int fd, std::uint32_t events);
  void unwatch(int fd);  // safe from inside any handler, its own included

  // Runs `task` once, `delay` from now.
  Timer after(std::chrono::milliseconds delay, Task task);
  void cancel(Timer timer);

  // Runs `task` when everything that is ready now has been handled: the place for batching.
  void defer(Task task);

  void run();   // until stop()
  void stop();  // returns from run() after the current round
  // One round: waits at most `longest` for something to happen and handles it.
  void run_once(std::chrono::milliseconds longest);

 private:
  struct Due {
    Timer id;
    Task task;
  };
  int next_wait(std::chrono::milliseconds longest) const;
  void run_due_timers();
  void run_deferred();

  UniqueFd epoll_;
  bool stopped_ = false;
  std::uint64_t last_timer_ = 0;
  std::unordered_map<int, std::shared_ptr<Handler>> handlers_;
  std::multimap<Clock::time_point, Due> timers_;
  std::vector<Task> deferred_;
};

}  // namespace base
