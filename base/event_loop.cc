#include "base/event_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

namespace base {

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.valid()) std::abort();
}

Outcome EventLoop::watch(int fd, std::uint32_t events, Handler handler) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0)
    return system_failure(errno, "cannot wait for a descriptor");
  handlers_[fd] = std::make_shared<Handler>(std::move(handler));
  return Ok{};
}

void EventLoop::change(int fd, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::unwatch(int fd) {
  if (handlers_.erase(fd) != 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::Timer EventLoop::after(std::chrono::milliseconds delay, Task task) {
  const Timer id{++last_timer_};
  timers_.emplace(Clock::now() + delay, Due{id, std::move(task)});
  return id;
}

void EventLoop::cancel(Timer timer) {
  auto at = std::find_if(timers_.begin(), timers_.end(),
                         [&](const auto& entry) { return entry.second.id == timer; });
  if (at != timers_.end()) timers_.erase(at);
}

void EventLoop::defer(Task task) { deferred_.push_back(std::move(task)); }

void EventLoop::run() {
  stopped_ = false;
  while (!stopped_) run_once(std::chrono::milliseconds::max());
}

void EventLoop::stop() { stopped_ = true; }

void EventLoop::run_once(std::chrono::milliseconds longest) {
  std::array<epoll_event, 32> ready{};
  const int count = ::epoll_wait(epoll_.get(), ready.data(), ready.size(), next_wait(longest));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = ready[static_cast<std::size_t>(i)];
    auto at = handlers_.find(event.data.fd);
    if (at == handlers_.end()) continue;  // unwatched by an earlier handler of this round
    const std::shared_ptr<Handler> handler = at->second;  // survives its own unwatch
    (*handler)(event.events);
  }
  run_due_timers();
  run_deferred();
}

int EventLoop::next_wait(std::chrono::milliseconds longest) const {
  if (!deferred_.empty()) return 0;
  constexpr std::chrono::milliseconds forever{-1};
  std::chrono::milliseconds wait = longest == std::chrono::milliseconds::max() ? forever : longest;
  if (!timers_.empty()) {
    const auto until =
        std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
    const auto next =
        std::clamp(until, std::chrono::milliseconds{0}, std::chrono::milliseconds{1 << 30});
    wait = wait == forever ? next : std::min(wait, next);
  }
  return static_cast<int>(wait.count());
}

void EventLoop::run_due_timers() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    auto due = timers_.extract(timers_.begin());
    due.mapped().task();
  }
}

void EventLoop::run_deferred() {
  auto tasks = std::exchange(deferred_, {});
  for (auto& task : tasks) task();
}

}  // namespace base
