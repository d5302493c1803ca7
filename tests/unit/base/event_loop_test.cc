#include "base/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace base {
namespace {

struct Pipe {
  UniqueFd read, write;
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    read = UniqueFd(ends[0]);
    write = UniqueFd(ends[1]);
  }
  void put() const { EXPECT_EQ(::write(write.get(), "x", 1), 1); }
};

TEST(EventLoop, CallsTheHandlerOfAReadyDescriptor) {
  EventLoop loop;
  Pipe pipe;
  int called = 0;
  ASSERT_TRUE(loop.watch(pipe.read.get(), EPOLLIN, [&](std::uint32_t events) {
    EXPECT_TRUE(events & EPOLLIN);
    ++called;
    loop.stop();
  }));
  pipe.put();
  loop.run();
  EXPECT_EQ(called, 1);
}

TEST(EventLoop, SaysThatARegularFileCannotBeWaitedFor) {
  EventLoop loop;
  UniqueFd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(loop.watch(file.get(), EPOLLIN, [](std::uint32_t) {}));
}

TEST(EventLoop, AHandlerMayUnwatchItselfAndTheOtherReadyOne) {
  EventLoop loop;
  Pipe first, second;
  int called = 0;
  const auto handler = [&](std::uint32_t) {
    ++called;
    loop.unwatch(first.read.get());
    loop.unwatch(second.read.get());
  };
  ASSERT_TRUE(loop.watch(first.read.get(), EPOLLIN, handler));
  ASSERT_TRUE(loop.watch(second.read.get(), EPOLLIN, handler));
  first.put();
  second.put();
  loop.run_once(std::chrono::milliseconds(0));
  loop.run_once(std::chrono::milliseconds(0));
  EXPECT_EQ(called, 1);
}

TEST(EventLoop, RunsTimersInTheirOrderAndNotTheCancelledOne) {
  EventLoop loop;
  std::string order;
  loop.after(std::chrono::milliseconds(3), [&] {
    order += "late";
    loop.stop();
  });
  const auto never = loop.after(std::chrono::milliseconds(2), [&] { order += "never"; });
  loop.after(std::chrono::milliseconds(1), [&] { order += "soon "; });
  loop.cancel(never);
  loop.run();
  EXPECT_EQ(order, "soon late");
}

TEST(EventLoop, RunsDeferredTasksAfterEverythingThatIsReady) {
  EventLoop loop;
  Pipe first, second;
  std::string order;
  const auto handler = [&](std::uint32_t) {
    if (order.empty()) loop.defer([&] { order += "batch"; });
    order += "handled ";
  };
  for (Pipe* pipe : {&first, &second}) {
    ASSERT_TRUE(loop.watch(pipe->read.get(), EPOLLIN | EPOLLET, handler));
    pipe->put();
  }
  loop.run_once(std::chrono::milliseconds(100));
  EXPECT_EQ(order, "handled handled batch");
}

}  // namespace
}  // namespace base
