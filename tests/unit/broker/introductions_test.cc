#include "broker/introductions.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace broker {
namespace {

using ipc::control::AwaitVault;
using ipc::store::Await;

// What both processes were answered, by hand.
struct Introduced : testing::Test {
  void vault_asks(Introductions& introductions) {
    vault.reset();
    introductions.on(Await{}, ipc::Answer<Await>([this](auto result) {
                       if (result) vault = *std::move(result);
                     }));
  }
  void frontend_asks(Introductions& introductions) {
    frontend.reset();
    introductions.on(AwaitVault{}, ipc::Answer<AwaitVault>([this](auto result) {
                       if (result) frontend = *std::move(result);
                     }));
  }
  bool are_connected() const {
    char letter = 0;
    return ::send(frontend->vault.value.get(), "x", 1, 0) == 1 &&
           ::recv(vault->descriptor.value.get(), &letter, 1, 0) == 1 && letter == 'x';
  }
  std::optional<Await::Reply> vault;
  std::optional<AwaitVault::Reply> frontend;
};

using IntroductionsTest = Introduced;

TEST_F(IntroductionsTest, ConnectWhoeverAskedFirst) {
  Introductions introductions{base::UniqueFd()};
  frontend_asks(introductions);
  EXPECT_FALSE(frontend);
  vault_asks(introductions);
  ASSERT_TRUE(frontend && vault);
  EXPECT_EQ(vault->order, Await::Order::serve);
  EXPECT_TRUE(are_connected());
}

TEST_F(IntroductionsTest, GiveARestartedFrontendAFreshConnection) {
  Introductions introductions{base::UniqueFd()};
  vault_asks(introductions);
  frontend_asks(introductions);
  vault_asks(introductions);
  EXPECT_FALSE(vault);
  introductions.frontend_is_gone();
  frontend_asks(introductions);
  ASSERT_TRUE(frontend && vault);
  EXPECT_TRUE(are_connected());
}

TEST_F(IntroductionsTest, DoNotAnswerAVaultThatIsGone) {
  Introductions introductions{base::UniqueFd()};
  vault_asks(introductions);
  introductions.vault_is_gone();
  frontend_asks(introductions);
  EXPECT_FALSE(frontend);
  vault_asks(introductions);
  ASSERT_TRUE(frontend && vault);
  EXPECT_TRUE(are_connected());
}

TEST_F(IntroductionsTest, HandTheLoginPasswordToTheFirstVaultOnce) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const base::UniqueFd writer(ends[1]);
  Introductions introductions{base::UniqueFd(ends[0])};
  frontend_asks(introductions);
  vault_asks(introductions);
  ASSERT_TRUE(vault);
  EXPECT_EQ(vault->order, Await::Order::login);
  EXPECT_EQ(vault->descriptor.value.get(), ends[0]);
  EXPECT_FALSE(frontend);
  vault_asks(introductions);
  ASSERT_TRUE(vault && frontend);
  EXPECT_EQ(vault->order, Await::Order::serve);
}

}  // namespace
}  // namespace broker
