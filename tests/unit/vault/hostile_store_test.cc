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

TEST_F(HostileStore, AnAlteredHeaderOrManifestKeepsTheCollectionClosed) {
  const auto genuine = file();
  auto header = *ipc::decode<Header>(genuine.header.value);
  header.label.value = "another";
  file().header.value = ipc::encode(header);
  EXPECT_THAT(reopen(), HasSubstr("its header was altered"));
  EXPECT_FALSE(*outcome_);
  EXPECT_TRUE(vault_->find(login())->is_locked());

  file() = genuine;
  file().manifest.value.back() ^= std::byte{1};
  EXPECT_THAT(reopen(), HasSubstr("manifest is damaged"));
  EXPECT_TRUE(vault_->find(login())->is_locked());
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
