#include "vault/worker.h"

#include <sys/eventfd.h>
#include <sys/mman.h>

#include <cerrno>

namespace vault {
namespace {

#ifdef COFFER_SANITIZED  // sanitizers keep their own on it
constexpr std::size_t kStack = 2 * 1024 * 1024;
#else
constexpr std::size_t kStack = 256 * 1024;
#endif
constexpr std::size_t kGuard = 64 * 1024;

}  // namespace

base::Result<std::unique_ptr<Worker>> Worker::start(base::EventLoop& loop) {
  base::UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid()) return base::system_failure(errno, "cannot make an event counter");
  void* stack =
      ::mmap(nullptr, kStack + kGuard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return base::system_failure(errno, "cannot map a stack");
  auto* usable = static_cast<std::byte*>(stack) + kGuard;
  ::mprotect(usable, kStack, PROT_READ | PROT_WRITE);
  ::madvise(usable, kStack, MADV_DONTDUMP);
  ::mlock2(usable, kStack, MLOCK_ONFAULT);  // the arena's report says whether locking works here

  std::unique_ptr<Worker> worker(new Worker(loop, std::move(event), stack));
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstack(&attributes, usable, kStack);
  const int failed =
      ::pthread_create(&worker->thread_, &attributes, &Worker::thread_main, worker.get());
  ::pthread_attr_destroy(&attributes);
  if (failed) {
    worker->thread_ = {};
    return base::system_failure(failed, "cannot start a thread");
  }
  {
    // The C library's own calls at a thread's start are over when this returns: the sandbox may
    // close.
    std::unique_lock hold(worker->mutex_);
    worker->wake_.wait(hold, [&] { return worker->running_; });
  }
  if (auto watched = loop.watch(worker->finished_event_.get(), EPOLLIN,
                                [self = worker.get()](std::uint32_t) { self->deliver(); });
      !watched)
    return base::fail(watched.error());
  return worker;
}

Worker::Worker(base::EventLoop& loop, base::UniqueFd finished, void* stack)
    : loop_(loop), finished_event_(std::move(finished)), stack_(stack) {}

Worker::~Worker() {
  if (thread_ != pthread_t{}) {
    {
      const std::scoped_lock hold(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    ::pthread_join(thread_, nullptr);
  }
  loop_.unwatch(finished_event_.get());
  ::munmap(stack_, kStack + kGuard);
}

bool Worker::run(std::function<void()> job, std::function<void()> done) {
  if (unfinished_ >= kMaxQueued) return false;
  ++unfinished_;
  {
    const std::scoped_lock hold(mutex_);
    queue_.push_back({std::move(job), std::move(done)});
  }
  wake_.notify_one();
  return true;
}

void* Worker::thread_main(void* self) {
  static_cast<Worker*>(self)->work();
  return nullptr;
}

void Worker::work() {
  std::unique_lock hold(mutex_);
  running_ = true;
  wake_.notify_all();
  for (;;) {
    wake_.wait(hold, [this] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    hold.unlock();
    job.work();
    hold.lock();
    finished_.push_back(std::move(job));
    ::eventfd_write(finished_event_.get(), 1);
  }
}

void Worker::deliver() {
  eventfd_t count = 0;
  ::eventfd_read(finished_event_.get(), &count);
  std::deque<Job> finished;
  {
    const std::scoped_lock hold(mutex_);
    finished.swap(finished_);
  }
  for (Job& job : finished) {
    --unfinished_;
    job.done();
  }
}

}  // namespace vault
