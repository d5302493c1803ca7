// What must hold when the store, the arena or a client is at its worst: nothing is overwritten,
// nothing is taken for damage that is none, and guessing stays slow.
#include <gmock/gmock.h>

#include "fixture.h"
namespace vault {
namespace {
class AtItsWorst : public VaultTest {
 protected:
  FakeStore::File& file() { return store_.files.at("login"); }
};

// After a rolled-back manifest, a new item must not overwrite a genuine one.
TEST_F(AtItsWorst, ANewItemNeverOverwritesOneThatIsThere) {
  ASSERT_TRUE(log_in("password"));
  ASSERT_TRUE(create("one", {{"n", "1"}}));
  const auto older = file().manifest;
  ASSERT_TRUE(create("precious", {{"n", "2"}}));
  file().manifest = older;
  restart();
  ASSERT_TRUE(log_in("password"));
  const auto before = file().rows.at(2).box.value;
  ASSERT_TRUE(create("new", {{"n", "3"}}));
  EXPECT_EQ(file().rows.at(2).box.value, before) << "the stored row of item 2 was overwritten";
}

// Same with a damaged (left out) row at that number: it must be kept in the store.
TEST_F(AtItsWorst, ANewItemNeverOverwritesADamagedRow) {
  ASSERT_TRUE(log_in("password"));
  ASSERT_TRUE(create("one", {{"n", "1"}}));
  auto row = file().rows.at(1);
  row.number = 2;  // what the store invents, at the next number
  file().rows[2] = row;
  restart();
  ASSERT_TRUE(log_in("password"));
  const auto before = file().rows.at(2).box.value;
  (void)create("new", {{"n", "3"}});
  EXPECT_EQ(file().rows.at(2).box.value, before);
}

// After 3 wrong ones, guesses sent together must not all run after one delay.
TEST_F(AtItsWorst, GuessesSentTogetherAreDelayedOneByOne) {
  ASSERT_TRUE(log_in("password"));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  const auto begin = base::EventLoop::Clock::now();
  int answered = 0;
  for (int i = 0; i < 40; ++i)
    send(wire::Unlock{login(), {password("wrong" + std::to_string(i))}}, [&](auto r) {
      if (!r && r.error().code == base::Code::wrong_password) ++answered;
    });
  while (base::EventLoop::Clock::now() - begin < std::chrono::milliseconds(1500))
    loop_.run_once(std::chrono::milliseconds(5));
  EXPECT_LE(answered, 4);  // 3 free, one after 1 s
}

// A full arena is not damage: no genuine item may be declared damaged because of it.
TEST_F(AtItsWorst, AFullArenaIsNotTakenForDamage) {
  ASSERT_TRUE(log_in("password"));
  wire::Secret big = plain(std::string(900 * 1024, 's'));
  ASSERT_TRUE(ask(
      wire::CreateItem{kClient, session_, login(), {"big"}, attributes({{"n", "2"}}), big, false}));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  std::vector<SecretBytes> filler;  // others use the arena: leave ~256 KiB
  while (true) {
    auto piece = SecretBytes::make(*arena_, 256 * 1024);
    if (!piece) break;
    filler.push_back(*std::move(piece));
  }
  filler.pop_back();
  testing::internal::CaptureStderr();
  auto unlocked = unlock(login(), "password");
  const std::string log = testing::internal::GetCapturedStderr();
  filler.clear();
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("damaged")));
}

// Two creations with one label at the same time give two collections.
TEST_F(AtItsWorst, TwoCollectionsOfOneLabelAtOnce) {
  int ok = 0, failed = 0;
  for (int i = 0; i < 2; ++i)
    send(wire::CreateCollection{{"Work"}, password("pw")}, [&](auto r) { r ? ++ok : ++failed; });
  run_until([&] { return ok + failed == 2; });
  EXPECT_EQ(store_.files.size(), 2u);
}

// Passwords are bounded through a session too.
TEST_F(AtItsWorst, AnAbsurdlyLongPasswordIsRefused) {
  ASSERT_TRUE(log_in("password"));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  EXPECT_EQ(refusal(wire::ReceivePassword{kClient, session_, plain(std::string(1024 * 1024, 'p'))}),
            base::Code::limits_exceeded);
}
}  // namespace
}  // namespace vault
