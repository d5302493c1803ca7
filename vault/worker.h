// The vault's second thread: key derivation, which would hold up everybody else.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "base/event_loop.h"

namespace vault {

// Runs jobs one after the other. Started before the sandbox closes, because no thread can be made
// after; its stack is locked and left out of core dumps.
class Worker {
 public:
  static constexpr std::size_t kMaxQueued = 64;

  static base::Result<std::unique_ptr<Worker>> start(base::EventLoop& loop);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // `job` runs on the worker's thread and must not touch what the loop's thread uses; `done` runs
  // on the loop afterwards. False when too many jobs wait already.
  bool run(std::function<void()> job, std::function<void()> done);

 private:
  struct Job {
    std::function<void()> work;
    std::function<void()> done;
  };
  Worker(base::EventLoop& loop, base::UniqueFd finished, void* stack);
  static void* thread_main(void* self);
  void work();
  void deliver();

  base::EventLoop& loop_;
  base::UniqueFd finished_event_;
  void* stack_;
  pthread_t thread_{};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  std::deque<Job> finished_;
  std::size_t unfinished_ = 0;  // queued, running or undelivered; only the loop's thread counts
  bool running_ = false;
  bool stop_ = false;
};

}  // namespace vault
