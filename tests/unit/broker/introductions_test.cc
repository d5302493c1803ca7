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

TEST_F(IntroductionsTest, HandThePasswordToTheFirstVaultOnce) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const base::UniqueFd writer(ends[1]);
  Introductions introductions{base::UniqueFd(ends[0])};
  frontend_asks(introductions);
  vault_asks(introductions);
  ASSERT_TRUE(vault);
  EXPECT_EQ(vault->order, Await::Order::password);
  EXPECT_EQ(vault->descriptor.value.get(), ends[0]);
  EXPECT_FALSE(frontend);
  vault_asks(introductions);
  ASSERT_TRUE(vault && frontend);
  EXPECT_EQ(vault->order, Await::Order::serve);
}

TEST_F(IntroductionsTest, KeepLoginsUntilThereIsAVault) {
  Introductions introductions{base::UniqueFd()};
  constexpr int kMany = 20;  // more than are kept
  std::vector<base::UniqueFd> logins;
  for (int i = 0; i < kMany; ++i) {
    auto ends = ipc::make_socketpair();
    ASSERT_TRUE(ends);
    logins.push_back(std::move(ends->first));
    introductions.on(Login{std::move(ends->second), ipc::LoginProtocol::gnome_keyring, i % 2 == 0});
  }
  char letter = 0;
  EXPECT_EQ(::recv(logins.front().get(), &letter, 1, MSG_DONTWAIT), 0);  // closed
  for (int i = kMany - 16; i < kMany; ++i) {
    vault_asks(introductions);
    ASSERT_TRUE(vault);
    EXPECT_EQ(vault->order, i % 2 == 0 ? Await::Order::login_by_root : Await::Order::login);
    EXPECT_EQ(vault->protocol, ipc::LoginProtocol::gnome_keyring);
    ASSERT_EQ(::send(vault->descriptor.value.get(), "x", 1, 0), 1);
    EXPECT_EQ(::recv(logins[static_cast<std::size_t>(i)].get(), &letter, 1, MSG_DONTWAIT), 1);
  }
  vault_asks(introductions);
  EXPECT_FALSE(vault);
}

}  // namespace
}  // namespace broker
