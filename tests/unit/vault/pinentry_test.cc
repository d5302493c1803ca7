// The vault's end of the conversation with pinentry, against a pinentry made of lines.
#include "vault/pinentry.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/vault/fixture.h"

namespace vault {
namespace {

using Kind = wire::AskPinentry::Kind;

struct PinentryTest : VaultTest {
  PinentryTest() {
    auto pair = ipc::make_socketpair();
    pinentry_ = std::move(pair->first);
    vault_->pinentries().add({1}, std::move(pair->second));
  }
  ~PinentryTest() override {
    pinentry_ = base::UniqueFd();
    settle();
  }
  void ask(Kind kind = Kind::password, const std::string& description = "100%\nsure?") {
    send(wire::AskPinentry{{1}, kind, {"Title"}, {description}, {"warning"}, {"Go"}},
         [this](auto reply) { answer_.emplace(std::move(reply)); });
  }
  void say(const std::string& text) {
    ASSERT_EQ(::write(pinentry_.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
    settle();
  }
  void settle() {
    for (int i = 0; i < 5; ++i) loop_.run_once(std::chrono::milliseconds(1));
  }
  std::string heard() {
    char text[8192];
    const ssize_t got = ::recv(pinentry_.get(), text, sizeof text, MSG_DONTWAIT);
    return {text, got > 0 ? static_cast<std::size_t>(got) : 0};
  }
  // As a pinentry that agrees with everything up to the question itself.
  std::string hear_all() {
    std::string all;
    say("OK Pleased to meet you\n");
    for (std::string line = heard(); !line.empty(); line = heard()) {
      all += line;
      if (line == "GETPIN\n" || line == "CONFIRM\n") break;
      say("OK\n");
    }
    return all;
  }

  base::UniqueFd pinentry_;
  std::optional<base::Result<wire::AskPinentry::Reply>> answer_;
};

TEST_F(PinentryTest, IsToldEverythingBeforeTheQuestion) {
  ask();
  EXPECT_EQ(hear_all(),
            "SETTITLE Title\nSETDESC 100%25%0Asure?\nSETERROR warning\nSETOK Go\nSETCANCEL Cancel\n"
            "SETPROMPT Password:\nGETPIN\n");
}

TEST_F(PinentryTest, GivesThePassword) {
  ASSERT_TRUE(log_in("50% of\nit"));
  ASSERT_TRUE(VaultTest::ask(wire::Lock{login()}));
  ask();
  hear_all();
  say("S PASSWORD_FROM_CACHE\nD 50%25 ");
  say("of\nD %0Ait\nOK\n");
  ASSERT_TRUE(answer_ && *answer_ && (*answer_)->accepted);
  EXPECT_FALSE((*answer_)->password.empty);
  EXPECT_TRUE(VaultTest::ask(wire::Unlock{login(), {(*answer_)->password.id}}));
}

TEST_F(PinentryTest, GivesTheEmptyPassword) {
  ask(Kind::new_password);
  EXPECT_THAT(hear_all(), testing::HasSubstr("SETREPEAT Again:\n"));
  say("OK\n");
  ASSERT_TRUE(answer_ && *answer_ && (*answer_)->accepted);
  EXPECT_TRUE((*answer_)->password.empty);
}

TEST_F(PinentryTest, TakesNoForAnAnswer) {
  ask(Kind::confirmation);
  EXPECT_THAT(hear_all(), testing::HasSubstr("CONFIRM\n"));
  say("ERR 83886194 Not confirmed\n");
  ASSERT_TRUE(answer_ && *answer_);
  EXPECT_FALSE((*answer_)->accepted);
}

TEST_F(PinentryTest, DoesWithoutWhatItDoesNotKnow) {
  ask();
  say("OK\n");
  EXPECT_EQ(heard(), "SETTITLE Title\n");
  say("ERR 536871187 Unknown IPC command\n");
  EXPECT_THAT(heard(), testing::StartsWith("SETDESC "));
}

TEST_F(PinentryTest, ThatEndsIsAnError) {
  ask();
  hear_all();
  pinentry_ = base::UniqueFd();
  settle();
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->error().code, base::Code::unavailable);
}

TEST_F(PinentryTest, ThatTalksNonsenseIsAnError) {
  for (const std::string& nonsense :
       {std::string("D %zz\n"), std::string("D %2\n"), std::string(5000, 'x'),
        "D " + std::string(3000, 'x') + "\nD " + std::string(3000, 'x') + "\n"}) {
    auto pair = ipc::make_socketpair();
    pinentry_ = std::move(pair->first);
    vault_->pinentries().add({1}, std::move(pair->second));
    answer_.reset();
    ask();
    hear_all();
    say(nonsense);
    ASSERT_TRUE(answer_) << nonsense.substr(0, 10);
    EXPECT_FALSE(*answer_);
  }
}

TEST_F(PinentryTest, IsClosedOnRequest) {
  ask();
  hear_all();
  ASSERT_TRUE(VaultTest::ask(wire::ClosePinentry{{1}}));
  ASSERT_TRUE(answer_ && *answer_);
  EXPECT_FALSE((*answer_)->accepted);
  EXPECT_EQ(::recv(pinentry_.get(), nullptr, 0, MSG_DONTWAIT), 0);
}

TEST_F(PinentryTest, IsAskedOnce) {
  ask();
  ask();
  settle();
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->error().code, base::Code::unavailable);
}

TEST_F(PinentryTest, LinesAreCutToWhatTheProtocolTakes) {
  ask(Kind::password, std::string(5000, '%'));
  say("OK\n");
  heard();
  say("OK\n");
  const std::string line = heard();
  EXPECT_LE(line.size(), 1000U);
  EXPECT_TRUE(line.ends_with("%25\n")) << line.substr(line.size() - 8);
}

}  // namespace
}  // namespace vault
