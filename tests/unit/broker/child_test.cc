#include "broker/child.h"

#include <gmock/gmock.h>
#include <signal.h>

#include "ipc/control_protocol.h"

namespace broker {
namespace {

// Answers nothing; counts what was asked.
struct Handler {
  template <class M>
  void on(M, ipc::Answer<M>) {
    ++asked;
  }
  int asked = 0;
};

struct ChildTest : testing::Test {
  void start(const std::string& command) {
    child.emplace(loop, Program{"sh", "/bin/sh", sandbox::Role::frontend, {"-c", command}, {}},
                  serve_with<ipc::control::Protocol>(loop, handler),
                  [this](const std::string& how) { ended = how; });
    ASSERT_TRUE(child->start());
  }
  std::string end() {
    while (!ended) {
      loop.run_once(std::chrono::milliseconds{10});
      child->reap();
    }
    return *ended;
  }
  base::EventLoop loop;
  Handler handler;
  std::optional<Child> child;
  std::optional<std::string> ended;
};

TEST_F(ChildTest, IsGoneWhenItHasEnded) {
  start("exit 3");
  EXPECT_EQ(end(), "ended with status 3");
  EXPECT_FALSE(child->exists());
}

TEST_F(ChildTest, CanBeStartedAgain) {
  start("kill -9 $$");
  EXPECT_EQ(end(), "ended by signal 9 (Killed)");
  ended.reset();
  ASSERT_TRUE(child->start());
  EXPECT_EQ(end(), "ended by signal 9 (Killed)");
}

TEST_F(ChildTest, EndsByItselfWhenItsConnectionIsClosed) {
  start("cat <&3 >/dev/null; exit 0");
  child->close();
  EXPECT_EQ(end(), "ended with status 0");
}

TEST_F(ChildTest, IsKilledWhenItDoesNotEndByItself) {
  start("exec 3>&-; exec sleep 1000");
  EXPECT_EQ(end(), "ended by signal 9 (Killed)");
}

TEST_F(ChildTest, IsCutOffWhenItSpeaksNonsense) {
  start("echo 'this is no frame, and long enough for a header' >&3; cat <&3; exit 4");
  EXPECT_EQ(end(), "ended with status 4");
  EXPECT_EQ(handler.asked, 0);
}

TEST_F(ChildTest, IsHeardToTheEndBeforeItIsGone) {
  // A frame: AwaitVault (tag 1), no body, id 1.
  start(R"(printf '\0\0\0\0\1\0\0\0\0\0\0\0\1\0\1\0' >&3)");
  EXPECT_EQ(end(), "ended with status 0");
  EXPECT_EQ(handler.asked, 1);
}

}  // namespace
}  // namespace broker
