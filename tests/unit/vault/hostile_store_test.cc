// The broker may be taken over: whatever it does to the records, none of it is served as genuine.
#include <gmock/gmock.h>

#include "fixture.h"

namespace vault {
namespace {

using testing::HasSubstr;

class HostileStore : public VaultTest {
 protected:
  HostileStore() {
    EXPECT_TRUE(log_in("password"));
    for (const char* text : {"one", "two", "three"}) EXPECT_TRUE(create(text, {{"n", text}}));
  }
  FakeStore::File& file() { return store_.files.at("login"); }
  // What the log says of the next start and unlock.
  std::string reopen() {
    restart();
    testing::internal::CaptureStderr();
    outcome_.emplace(unlock(login(), "password"));
    return testing::internal::GetCapturedStderr();
  }
  std::vector<std::uint64_t> served() {
    std::vector<std::uint64_t> numbers;
    for (const auto item : search({}).unlocked.items) numbers.push_back(item.number);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }
  using Numbers = std::vector<std::uint64_t>;
  std::optional<base::Outcome> outcome_;
};

TEST_F(HostileStore, AGenuineStoreIsOpenedWithoutAWord) {
  EXPECT_THAT(reopen(), testing::Not(HasSubstr("item")));
  EXPECT_EQ(served(), (Numbers{1, 2, 3}));
}

TEST_F(HostileStore, AnAlteredItemIsNamedAndTheRestIsServed) {
  file().rows[2].box.value[40] ^= std::byte{1};
  EXPECT_THAT(reopen(), HasSubstr("item 2 is damaged"));
  EXPECT_EQ(served(), (Numbers{1, 3}));
}

TEST_F(HostileStore, EverySingleByteOfARowMatters) {
  const auto genuine = file();
  for (std::size_t at = 0; at < genuine.rows.at(2).box.value.size(); at += 13) {
    file() = genuine;
    file().rows[2].box.value[at] ^= std::byte{0x80};
    reopen();
    EXPECT_EQ(served(), (Numbers{1, 3})) << at;
  }
}

TEST_F(HostileStore, SwappedItemsAreNamed) {
  std::swap(file().rows[1].box, file().rows[3].box);
  const std::string log = reopen();
  EXPECT_THAT(log, HasSubstr("item 1 is damaged"));
  EXPECT_THAT(log, HasSubstr("item 3 is damaged"));
  EXPECT_EQ(served(), Numbers{2});
}

TEST_F(HostileStore, AlteredLocatorsAreNamed) {
  std::swap(file().rows[1].locators, file().rows[2].locators);
  EXPECT_THAT(reopen(), HasSubstr("item 1 is damaged"));
  EXPECT_EQ(served(), Numbers{3});
}

TEST_F(HostileStore, ADeletedItemIsNamed) {
  file().rows.erase(2);
  EXPECT_THAT(reopen(), HasSubstr("item 2 is missing"));
  EXPECT_EQ(served(), (Numbers{1, 3}));
}

TEST_F(HostileStore, ARolledBackItemIsNamedAndNotServed) {
  const auto older = file().rows[2];
  ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, {login(), 2}, plain("newer")}));
  file().rows[2] = older;
  EXPECT_THAT(reopen(), HasSubstr("item 2 is older than it should be"));
  EXPECT_EQ(served(), (Numbers{1, 3}));
}

TEST_F(HostileStore, AnOlderBoxUnderTheNewVersionIsNotServed) {
  const auto older = file().rows[2].box;
  ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, {login(), 2}, plain("newer")}));
  file().rows[2].box = older;
  EXPECT_THAT(reopen(), HasSubstr("item 2 is damaged or was altered"));
  EXPECT_EQ(served(), (Numbers{1, 3}));
}

TEST_F(HostileStore, AnItemBroughtBackAfterItsDeletionIsNoticed) {
  const auto deleted = file().rows[2];
  ASSERT_TRUE(ask(wire::DeleteItem{{login(), 2}}));
  file().rows[2] = deleted;
  EXPECT_THAT(reopen(), HasSubstr("item 2"));
  EXPECT_EQ(served(), (Numbers{1, 3}));
}

TEST_F(HostileStore, DamageIsStillReportedAfterALaterWrite) {
  file().rows.erase(2);
  reopen();
  ASSERT_TRUE(create("four", {{"n", "four"}}));
  EXPECT_THAT(reopen(), HasSubstr("missing"));
  EXPECT_EQ(served(), (Numbers{1, 3, 4}));
}

TEST_F(HostileStore, AnOlderManifestIsNoticed) {
  const auto manifest = file().manifest;
  ASSERT_TRUE(create("four", {{"n", "four"}}));
  file().manifest = manifest;
  EXPECT_THAT(reopen(), HasSubstr("missing or older"));
}

// An older manifest alone: what is newer than it is genuine, and served.
TEST_F(HostileStore, WhatIsNewerThanAnOlderManifestIsServed) {
  const auto manifest = file().manifest;
  ASSERT_TRUE(create("four", {{"n", "four"}}));
  ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, {login(), 2}, plain("newer")}));
  file().manifest = manifest;
  reopen();
  EXPECT_EQ(served(), (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(secret_of({login(), 2}), "newer");
}

TEST_F(HostileStore, EachOfManyIsNamedAndNoneOfThemServed) {
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(create("more", {{"n", std::to_string(i)}}));
  const auto earlier = file().rows;
  for (const std::uint64_t number : {5, 250, 300})
    ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, {login(), number}, plain("newer")}));
  ASSERT_TRUE(ask(wire::DeleteItem{{login(), 7}}));
  ASSERT_TRUE(ask(wire::DeleteItem{{login(), 590}}));
  for (const std::uint64_t number : {5, 250, 300, 7, 590}) file().rows[number] = earlier.at(number);
  for (const std::uint64_t number : {9, 299, 603}) file().rows.erase(number);
  file().rows[100].box.value[50] ^= std::byte{1};
  const std::string log = reopen();
  for (const char* words : {"item 5 is older", "item 250 is older", "item 300 is older",
                            "item 7 was deleted", "item 590 was deleted", "item 9 is missing",
                            "item 299 is missing", "item 603 is missing", "item 100 is damaged"})
    EXPECT_THAT(log, HasSubstr(words));
  EXPECT_EQ(served().size(), 603U - 3 - 2 - 3 - 1);
  // And again, after a write that has nothing to do with it.
  ASSERT_TRUE(create("one more", {{"n", "last"}}));
  const std::string again = reopen();
  for (const char* words : {"item 5 is older", "item 590 was deleted", "item 603 is missing"})
    EXPECT_THAT(again, HasSubstr(words));
}

TEST_F(HostileStore, ADamagedPageOfTheDirectoryLosesNothing) {
  auto& page = file().rows.at(Directory::kFirstRow);
  page.box.value[30] ^= std::byte{1};
  EXPECT_THAT(reopen(), HasSubstr("the directory's page of the items 0 to 255 is damaged"));
  EXPECT_EQ(served(), (Numbers{1, 2, 3}));
  ASSERT_TRUE(create("four", {{"n", "four"}}));  // which makes it anew
  EXPECT_THAT(reopen(), testing::Not(HasSubstr("directory")));
  EXPECT_EQ(served(), (Numbers{1, 2, 3, 4}));
}

TEST_F(HostileStore, ItemsAndTheirPageRolledBackTogetherAreNotServed) {
  const auto earlier = file().rows;
  ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, {login(), 2}, plain("newer")}));
  file().rows = earlier;
  EXPECT_THAT(reopen(), HasSubstr("item 2 cannot be shown to be the newest"));
  EXPECT_TRUE(served().empty());
}

TEST_F(HostileStore, AnOlderPageUnderANewerVersionIsNotBelieved) {
  const auto earlier = file().rows;
  ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, {login(), 2}, plain("newer")}));
  const std::uint64_t newest = file().rows.at(Directory::kFirstRow).version;
  file().rows = earlier;
  file().rows.at(Directory::kFirstRow).version = newest;
  const std::string log = reopen();
  EXPECT_THAT(log, HasSubstr("the directory's page of the items 0 to 255 is damaged"));
  EXPECT_THAT(log, HasSubstr("item 2 cannot be shown to be the newest"));
}

TEST_F(HostileStore, PagesInEachOthersPlacesAreNotBelieved) {
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(create("more", {{"n", std::to_string(i)}}));
  auto& rows = file().rows;
  ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, {login(), 2}, plain("newer")}));
  rows.at(Directory::kFirstRow + 1).box = rows.at(Directory::kFirstRow).box;
  rows.at(Directory::kFirstRow + 1).version = rows.at(Directory::kFirstRow).version;
  EXPECT_THAT(reopen(), HasSubstr("the directory's page of the items 256 to 511 is damaged"));
}

TEST_F(HostileStore, AnAlteredHeaderIsNamedAndTheItemsAreServed) {
  auto header = *ipc::decode<Header>(file().header.value);
  header.label.value = "another";
  file().header.value = ipc::encode(header);
  EXPECT_THAT(reopen(), HasSubstr("its header was altered"));
  EXPECT_EQ(served(), (Numbers{1, 2, 3}));
  // Writing an item does not vouch for it, and a new label would.
  ASSERT_TRUE(create("four", {{"n", "four"}}));
  EXPECT_EQ(refusal(wire::EditCollection{login(), {"a new label"}}), base::Code::damaged);
  EXPECT_THAT(reopen(), HasSubstr("its header was altered"));
  ASSERT_TRUE(ask(wire::ChangePassword{login(), {password("password")}, password("password")}));
  EXPECT_THAT(reopen(), testing::Not(HasSubstr("altered")));
  EXPECT_EQ(served(), (Numbers{1, 2, 3, 4}));
}

TEST_F(HostileStore, ADamagedManifestLeavesTheItemsToBeReadUntilItIsAccepted) {
  file().manifest.value.back() ^= std::byte{1};
  EXPECT_THAT(reopen(), HasSubstr("manifest is damaged"));
  EXPECT_EQ(served(), (Numbers{1, 2, 3}));
  EXPECT_EQ(refusal(wire::CreateItem{kClient, session_, login(), {"x"}, {}, plain("x"), false}),
            base::Code::damaged);
  EXPECT_EQ(refusal(wire::DeleteItem{{login(), 1}}), base::Code::damaged);
  ASSERT_TRUE(ask(wire::ChangePassword{login(), {password("password")}, password("password")}));
  ASSERT_TRUE(create("four", {{"n", "four"}}));
  EXPECT_THAT(reopen(), testing::Not(HasSubstr("manifest")));
  EXPECT_EQ(served(), (Numbers{1, 2, 3, 4}));
}

TEST_F(HostileStore, WithoutAManifestTheDirectoryStillNames) {
  const auto older = file().rows[2];
  ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, {login(), 2}, plain("newer")}));
  file().rows[2] = older;
  file().rows.erase(3);
  file().manifest.value.back() ^= std::byte{1};
  const std::string log = reopen();
  EXPECT_THAT(log, HasSubstr("item 2 is older than it should be"));
  EXPECT_THAT(log, HasSubstr("item 3 is missing"));
  EXPECT_EQ(served(), Numbers{1});
}

// A version that nobody vouched for must not be counted on from.
TEST_F(HostileStore, AnAbsurdVersionDoesNotStopLaterWrites) {
  file().rows[2].version = ~std::uint64_t{0};
  EXPECT_THAT(reopen(), HasSubstr("item 2 is damaged"));
  ASSERT_TRUE(create("four", {{"n", "four"}}));
  reopen();
  EXPECT_EQ(served(), (Numbers{1, 3, 4}));
}

TEST_F(HostileStore, ACheaperKeyDerivationCannotBeSlippedIn) {
  auto header = *ipc::decode<Header>(file().header.value);
  for (const std::uint32_t passes : {0u, 2u, 1'000'000u}) {
    header.slots.items[0].kdf_passes = passes;
    file().header.value = ipc::encode(header);
    reopen();
    EXPECT_FALSE(*outcome_) << passes;
  }
  header.slots.items[0].kdf_passes = 1;
  header.slots.items[0].kdf_memory_kib = 0xffffffff;
  file().header.value = ipc::encode(header);
  reopen();
  EXPECT_EQ(outcome_->error().code, base::Code::damaged);
}

TEST_F(HostileStore, AHeaderThatIsNoHeaderIsNamedAndTheRestIsServed) {
  ASSERT_TRUE(ask(wire::CreateCollection{{"other"}, password("pw")}));
  store_.files.at("other").header.value.resize(5);
  testing::internal::CaptureStderr();
  restart();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("'other' is damaged"));
  EXPECT_TRUE(log_in("password"));
  EXPECT_EQ(served(), (Numbers{1, 2, 3}));
}

}  // namespace
}  // namespace vault
