// The session collection survives a restart of the vault, once `login` is open; whatever is done to
// what is kept, nothing but what was kept is served.
#include <gmock/gmock.h>

#include "fixture.h"

namespace vault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class KeptSessionTest : public VaultTest {
 protected:
  KeptSessionTest() {
    settings_.keep_session = true;
    restart();
  }
  CollectionId session() { return *vault_->by_name("session"); }
  std::uint64_t put(const std::string& text, const std::map<std::string, std::string>& pairs = {},
                    bool replace = false) {
    const auto made = ask(wire::CreateItem{kClient,
                                           session_,
                                           session(),
                                           {"label of " + text.substr(0, 100)},
                                           attributes(pairs),
                                           plain(text),
                                           replace});
    EXPECT_TRUE(made) << made.error().what;
    return made ? made->item.number : 0;
  }
  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> found;
    const auto reply = ask(wire::SearchItems{{session()}, {}});
    for (const auto item : reply->unlocked.items) found.push_back(item.number);
    return found;
  }
  // number: secret, of all that is served.
  std::map<std::uint64_t, std::string> served() {
    std::map<std::uint64_t, std::string> found;
    for (const auto number : numbers()) found[number] = secret_of({session(), number});
    return found;
  }
  // Until the store has heard everything.
  void settle() {
    run_until([&] { return store_client_->unanswered() == 0; });
  }
  store::Row& row(std::uint64_t number) {
    const auto at = std::find_if(store_.kept.begin(), store_.kept.end(),
                                 [&](const auto& each) { return each.number == number; });
    EXPECT_NE(at, store_.kept.end()) << number;
    return *at;
  }
  std::vector<std::uint64_t> kept() {
    std::vector<std::uint64_t> found;
    for (const auto& each : store_.kept) found.push_back(each.number);
    return found;
  }
  // Logs in to a new vault; what the log said.
  std::string come_back(const std::string& password = "password") {
    settle();
    restart();
    testing::internal::CaptureStderr();
    EXPECT_TRUE(log_in(password));
    settle();
    return testing::internal::GetCapturedStderr();
  }
  using Served = std::map<std::uint64_t, std::string>;
};

TEST_F(KeptSessionTest, ComesBackWhenLoginOpensAndNotBefore) {
  ASSERT_TRUE(log_in("password"));
  put("one", {{"n", "1"}});
  put("two", {{"n", "2"}});
  settle();
  restart();
  EXPECT_THAT(served(), IsEmpty());
  EXPECT_FALSE(unlock(login(), "wrong"));
  EXPECT_THAT(served(), IsEmpty());
  EXPECT_TRUE(unlock(login(), "password"));
  EXPECT_EQ(served(), (Served{{1, "one"}, {2, "two"}}));
  const auto found = search({{"n", "2"}}).unlocked.items;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].number, 2u);
}

TEST_F(KeptSessionTest, StaysInMemoryWhenNobodyAsksForMore) {
  settings_.keep_session = false;
  restart();
  ASSERT_TRUE(log_in("password"));
  put("one");
  settle();
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(KeptSessionTest, IsNotKeptWithoutLogin) {
  put("one");
  settle();
  EXPECT_THAT(kept(), IsEmpty());
  restart();
  EXPECT_THAT(served(), IsEmpty());
}

TEST_F(KeptSessionTest, WhatWasThereBeforeLoginIsKeptToo) {
  EXPECT_EQ(put("early"), 1u);
  ASSERT_TRUE(log_in("password"));
  settle();
  EXPECT_THAT(kept(), UnorderedElementsAre(0, 1));
  come_back();
  EXPECT_EQ(served(), (Served{{1, "early"}}));
}

TEST_F(KeptSessionTest, WhatCameBetweenKeepsItsNumberAndIsTheNewest) {
  ASSERT_TRUE(log_in("password"));
  put("one", {{"n", "1"}});
  put("two");
  settle();
  restart();
  EXPECT_EQ(put("between", {{"n", "1"}}), 3u);
  EXPECT_EQ(put("later"), 4u);
  ASSERT_TRUE(log_in("password"));
  const Served all{{1, "one"}, {2, "two"}, {3, "between"}, {4, "later"}};
  EXPECT_EQ(served(), all);
  EXPECT_THAT(numbers(), ElementsAre(4, 3, 2, 1));
  come_back();
  EXPECT_EQ(served(), all);
  EXPECT_THAT(numbers(), ElementsAre(4, 3, 2, 1));
}

TEST_F(KeptSessionTest, TheFrontendIsToldToListItAgain) {
  ASSERT_TRUE(log_in("password"));
  put("one");
  settle();
  restart();
  const auto arrivals = [&] {
    const auto state = vault_->state();
    for (const auto& each : state.collections.items)
      if (each.id == session()) return each.arrivals;
    return 1000u;
  };
  EXPECT_EQ(arrivals(), 0u);
  ASSERT_TRUE(log_in("password"));
  EXPECT_EQ(arrivals(), 1u);
  vault_->lock(login());
  ASSERT_TRUE(log_in("password"));
  EXPECT_EQ(arrivals(), 1u);
}

TEST_F(KeptSessionTest, EveryChangeIsKept) {
  ASSERT_TRUE(log_in("password"));
  put("one", {{"n", "1"}});
  put("two");
  put("three");
  put("one again", {{"n", "1"}}, true);
  ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, {session(), 2}, plain("two again")}));
  ASSERT_TRUE(ask(wire::DeleteItem{{session(), 3}}));
  come_back();
  EXPECT_EQ(served(), (Served{{1, "one again"}, {2, "two again"}}));
  EXPECT_THAT(kept(), UnorderedElementsAre(0, 1, 2));
  ASSERT_TRUE(ask(wire::DeleteItem{{session(), 1}}));
  EXPECT_EQ(put("four"), 3u);
  come_back();
  EXPECT_EQ(served(), (Served{{2, "two again"}, {3, "four"}}));
}

TEST_F(KeptSessionTest, IsKeptWhileLoginIsLockedAgain) {
  ASSERT_TRUE(log_in("password"));
  vault_->lock(login());
  put("one");
  come_back();
  EXPECT_EQ(served(), (Served{{1, "one"}}));
}

TEST_F(KeptSessionTest, OpensAfterThePasswordWasChanged) {
  ASSERT_TRUE(log_in("password"));
  put("one");
  ASSERT_TRUE(ask(wire::ChangePassword{login(), {password("password")}, password("another")}));
  come_back("another");
  EXPECT_EQ(served(), (Served{{1, "one"}}));
}

TEST_F(KeptSessionTest, FollowsANewLoginKeyring) {
  ASSERT_TRUE(log_in("password"));
  put("one");
  ASSERT_TRUE(ask(wire::DeleteCollection{login()}));
  ASSERT_TRUE(log_in("another"));
  come_back("another");
  EXPECT_EQ(served(), (Served{{1, "one"}}));
}

TEST_F(KeptSessionTest, AnotherLoginKeyringOpensNothing) {
  ASSERT_TRUE(log_in("password"));
  put("one");
  put("two");
  settle();
  store_.files.clear();
  EXPECT_THAT(come_back(), HasSubstr("2 session items that were kept"));
  EXPECT_THAT(served(), IsEmpty());
  EXPECT_THAT(kept(), ElementsAre(0));
}

TEST_F(KeptSessionTest, ComesBackInAPasswordlessLoginAtOnce) {
  ASSERT_TRUE(log_in("password"));
  put("one");
  ASSERT_TRUE(ask(wire::ChangePassword{login(), {password("password")}, password("")}));
  settle();
  restart();
  EXPECT_EQ(served(), (Served{{1, "one"}}));
}

// --- Whoever else reaches the keyring -----------------------------------------------------------

class HostileKeyring : public KeptSessionTest {
 protected:
  HostileKeyring() {
    EXPECT_TRUE(log_in("password"));
    for (const char* text : {"one", "two", "three"}) put(text, {{"n", text}});
    settle();
  }
};

TEST_F(HostileKeyring, AGenuineOneIsTakenWithoutAWord) {
  EXPECT_THAT(come_back(), Not(HasSubstr("session item")));
  EXPECT_EQ(served(), (Served{{1, "one"}, {2, "two"}, {3, "three"}}));
}

TEST_F(HostileKeyring, EverySingleByteOfARowMatters) {
  const auto genuine = store_.kept;
  const std::size_t size = row(2).box.value.size();
  for (std::size_t at = 0; at < size; at += 13) {
    store_.kept = genuine;
    row(2).box.value[at] ^= std::byte{0x80};
    EXPECT_THAT(come_back(), HasSubstr("1 session items that were kept")) << at;
    EXPECT_EQ(served(), (Served{{1, "one"}, {3, "three"}})) << at;
    EXPECT_THAT(kept(), UnorderedElementsAre(0, 1, 3)) << at;
  }
}

TEST_F(HostileKeyring, LocatorsAndVersionsMatterToo) {
  std::swap(row(1).locators, row(2).locators);
  ++row(3).version;
  EXPECT_THAT(come_back(), HasSubstr("3 session items"));
  EXPECT_THAT(served(), IsEmpty());
}

TEST_F(HostileKeyring, SwappedRowsAreNotServed) {
  std::swap(row(1).box, row(3).box);
  EXPECT_THAT(come_back(), HasSubstr("2 session items"));
  EXPECT_EQ(served(), (Served{{2, "two"}}));
}

TEST_F(HostileKeyring, ARowUnderAnotherNumberIsNotServed) {
  auto moved = row(2);
  moved.number = 7;
  store_.kept.push_back(moved);
  EXPECT_THAT(come_back(), HasSubstr("1 session items"));
  EXPECT_EQ(served(), (Served{{1, "one"}, {2, "two"}, {3, "three"}}));
}

TEST_F(HostileKeyring, OfTwoOfOneNumberTheNewerIsServed) {
  const auto older = row(2);
  ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, {session(), 2}, plain("newer")}));
  settle();
  for (const bool is_first : {true, false}) {
    store_.kept.insert(is_first ? store_.kept.begin() : store_.kept.end(), older);
    come_back();
    EXPECT_EQ(secret_of({session(), 2}), "newer");
  }
}

TEST_F(HostileKeyring, WithoutItsKeyNothingIsServed) {
  store_.forget(0);
  EXPECT_THAT(come_back(), HasSubstr("3 session items"));
  EXPECT_THAT(served(), IsEmpty());
  EXPECT_THAT(kept(), ElementsAre(0));
  put("four");
  come_back();
  EXPECT_THAT(served(), testing::SizeIs(1));
}

TEST_F(HostileKeyring, EverySingleByteOfTheKeyMatters) {
  const auto genuine = store_.kept;
  for (std::size_t at = 0; at < row(0).box.value.size(); ++at) {
    store_.kept = genuine;
    row(0).box.value[at] ^= std::byte{0x80};
    come_back();
    EXPECT_THAT(served(), IsEmpty()) << at;
  }
}

TEST_F(HostileKeyring, RowsOfImpossibleNumbersChangeNothing) {
  for (const std::uint64_t number :
       {store::kFirstDirectoryRow, ~std::uint64_t{0}, std::uint64_t{1} << 40}) {
    auto odd = row(2);
    odd.number = number;
    store_.kept.push_back(odd);
  }
  come_back();
  EXPECT_EQ(served(), (Served{{1, "one"}, {2, "two"}, {3, "three"}}));
  EXPECT_EQ(put("four"), 4u);
}

TEST_F(HostileKeyring, TheItemsThatAreKeptCannotCrowdOutTheVault) {
  const auto odd = row(2);
  for (std::uint64_t number = 10; number < 5000; ++number) {
    store_.kept.push_back(odd);
    store_.kept.back().number = number;
  }
  EXPECT_THAT(come_back(), HasSubstr("session items that were kept"));
  EXPECT_EQ(served(), (Served{{1, "one"}, {2, "two"}, {3, "three"}}));
  EXPECT_GT(kept().size(), 3900u);  // looked at by nobody
}

TEST_F(HostileKeyring, NothingOfASecretIsKeptInTheClear) {
  const auto contains = [](const base::Bytes& bytes, std::string_view text) {
    return base::text_of(bytes).find(text) != std::string_view::npos;
  };
  put("a canary in the coal mine", {{"canary", "song"}});
  settle();
  for (const auto& each : store_.kept) {
    for (const char* text : {"canary", "song", "label of", "three"})
      EXPECT_FALSE(contains(ipc::encode(each), text)) << each.number;
  }
}

// --- A store that is slow, or full --------------------------------------------------------------

TEST_F(KeptSessionTest, ASlowStoreHoldsUpNobodyAndGetsTheLastStateAlone) {
  ASSERT_TRUE(log_in("password"));
  settle();
  store_.hold_kept = true;
  store_.changed.clear();
  put("first", {{"n", "1"}});
  for (int i = 0; i < 50; ++i) put("later", {{"n", "1"}}, true);
  put("gone");
  ASSERT_TRUE(ask(wire::DeleteItem{{session(), 2}}));
  run_until([&] { return store_.held.size() == 1; });
  store_.hold_kept = false;
  store_.held.front()();
  settle();
  EXPECT_THAT(store_.changed, ElementsAre(1, 2, 1));
  come_back();
  EXPECT_EQ(served(), (Served{{1, "later"}}));
}

TEST_F(KeptSessionTest, AFullStoreRefusesNoItem) {
  ASSERT_TRUE(log_in("password"));
  put("one");
  settle();
  store_.failing = base::Code::no_space;
  put("two");
  settle();
  EXPECT_EQ(served(), (Served{{1, "one"}, {2, "two"}}));
  store_.failing.reset();
  come_back();
  EXPECT_EQ(served(), (Served{{1, "one"}}));
}

TEST_F(KeptSessionTest, AFullArenaLosesNothing) {
  ASSERT_TRUE(log_in("password"));
  put(std::string(1024 * 1024, 'x'));
  settle();
  ASSERT_THAT(kept(), UnorderedElementsAre(0, 1));
  restart();
  auto filled = SecretBytes::make(*arena_, arena_->size() - 512 * 1024);
  ASSERT_TRUE(filled);
  ASSERT_TRUE(log_in("password"));
  settle();
  EXPECT_THAT(served(), IsEmpty());
  EXPECT_THAT(kept(), UnorderedElementsAre(0, 1));
  filled = SecretBytes();
  vault_->lock(login());
  ASSERT_TRUE(log_in("password"));
  EXPECT_EQ(served().size(), 1u);
}

TEST_F(KeptSessionTest, TheKeyForItIsGoneFromTheArenaWhenItWasUsed) {
  ASSERT_TRUE(log_in("password"));
  put("one");
  settle();
  auto key = vault_->find(login())->key_for_session();
  ASSERT_TRUE(key);
  const base::Bytes copy = base::copy_of(key->expose());
  EXPECT_TRUE(arena_contains(copy));
  key = SecretBytes();
  EXPECT_FALSE(arena_contains(copy));
  come_back();
  EXPECT_FALSE(arena_contains(copy));
}

}  // namespace
}  // namespace vault
