// A new collection `login` takes in another manager's keyring, from a helper that may be hostile.
#include "vault/login_import.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include "tests/unit/vault/fixture.h"

namespace vault {
namespace {

using store::Imported;
using testing::Each;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using Verdict = Imported::Verdict;

transfer::Record record(std::string label, std::string secret) {
  transfer::Record made;
  made.label.value = std::move(label);
  made.attributes.items = {{{"user"}, {"jo"}}, {{"xdg:schema"}, {"org.example"}}};
  made.created = 1'700'000'001;
  made.modified = 1'700'000'002;
  made.content_type.value = "text/plain";
  made.secret.value = base::copy_of(base::bytes_of(secret));
  return made;
}

template <class T>
base::Bytes frame(const T& message) {
  const base::Bytes encoded = ipc::encode(message);
  base::Bytes out(transfer::kFrameHead + encoded.size());
  ipc::Writer writer(out);
  writer.integer(1 + encoded.size(), 4);
  writer.integer(static_cast<std::uint8_t>(T::kind), 1);
  writer.bytes(encoded);
  return out;
}

base::Bytes operator+(base::Bytes one, const base::Bytes& next) {
  one.insert(one.end(), next.begin(), next.end());
  return one;
}

base::Bytes beginning(formats::Format format = formats::Format::gnome_keyring_binary) {
  transfer::Start start;
  start.format = format;
  return frame(start);
}
base::Bytes end(std::uint64_t frames) { return frame(transfer::End{frames}); }
base::Bytes failure(base::Code code) {
  return frame(transfer::Failure{code, {"Mail of jo: no good"}});
}
base::Bytes head(std::uint32_t size, std::uint8_t kind) {
  base::Bytes out(transfer::kFrameHead);
  ipc::Writer writer(out);
  writer.integer(size, 4);
  writer.integer(kind, 1);
  return out;
}

struct Keyring {
  base::Bytes bytes;
  bool stays = false;  // it does not hang up after it
};

class LoginImportTest : public VaultTest {
 protected:
  ~LoginImportTest() override {
    for (const auto& fd : helpers_) loop_.unwatch(fd->get());
  }

  // A vault to which the broker offers these.
  void offer(std::vector<Keyring> keyrings) {
    store_.helpers.clear();
    for (auto& keyring : keyrings)
      store_.helpers.emplace_back([this, keyring] { return helper(keyring); });
    restart();
  }
  base::UniqueFd helper(const Keyring& keyring) {
    auto sockets = ipc::make_socketpair();
    const auto theirs = std::make_shared<base::UniqueFd>(std::move(sockets->second));
    helpers_.push_back(theirs);
    auto sent = std::make_shared<std::size_t>(0);
    const auto act = [this, theirs, sent, keyring](std::uint32_t events) {
      if (events & EPOLLIN) {
        read_request(theirs->get());
        return loop_.change(theirs->get(), EPOLLOUT);
      }
      const auto rest = base::ByteView(keyring.bytes).subspan(*sent);
      const ssize_t wrote =
          ::send(theirs->get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (wrote >= 0) *sent += static_cast<std::size_t>(wrote);
      if (wrote > 0 && *sent < keyring.bytes.size()) return;
      loop_.unwatch(theirs->get());
      if (!keyring.stays) *theirs = base::UniqueFd();
    };
    EXPECT_TRUE(loop_.watch(theirs->get(), EPOLLIN, act));
    return std::move(sockets->first);
  }
  void read_request(int fd) {
    base::Bytes bytes(8192);
    const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got <= static_cast<ssize_t>(transfer::kFrameHead)) return;
    bytes.resize(static_cast<std::size_t>(got));
    request_ = ipc::decode<transfer::Request>(base::ByteView(bytes).subspan(transfer::kFrameHead));
  }

  // What the broker is told of a login's import.
  std::vector<Imported> imported(const std::string& password = "password") {
    const std::size_t before = store_.imports.size();
    EXPECT_TRUE(log_in(password));
    run_until([&] { return store_.imports.size() > before; });
    return store_.imports.back();
  }
  std::vector<std::string> secrets() {
    std::vector<std::string> found;
    const auto list = ask(wire::ListItems{login()});
    for (const std::uint64_t number : list->items.items)
      found.push_back(secret_of({login(), number}));
    return found;
  }
  std::vector<Verdict> verdicts(const std::vector<Imported>& files) {
    std::vector<Verdict> out;
    for (const Imported& file : files) out.push_back(file.verdict);
    return out;
  }

  std::vector<std::shared_ptr<base::UniqueFd>> helpers_;
  std::optional<transfer::Request> request_;  // the last
};

TEST_F(LoginImportTest, ItemsComeWithAllThatWasKnownOfThem) {
  offer({{beginning() + frame(record("Mail", "swordfish")) +
          frame(transfer::Damage{{1}, {"secret"}, {"Mail of jo"}}) + end(2)}});
  const auto files = imported();
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(verdicts(files), std::vector{Verdict::read});
  EXPECT_EQ(files[0].items, 1u);
  EXPECT_EQ(files[0].added, 1u);
  EXPECT_EQ(files[0].lost, 1u);
  const auto found = search({{"user", "jo"}, {"xdg:schema", "org.example"}}).unlocked.items;
  ASSERT_EQ(found.size(), 1u);
  const auto item = ask(wire::ReadItem{found[0]});
  EXPECT_EQ(item->label.value, "Mail");
  EXPECT_EQ(item->created, 1'700'000'001u);
  EXPECT_EQ(item->modified, 1'700'000'002u);
  EXPECT_EQ(secret_of(found[0]), "swordfish");
  ASSERT_TRUE(request_);
  EXPECT_EQ(request_->operation, transfer::Operation::read);
  EXPECT_EQ(base::text_of(request_->password.value), "password");
}

TEST_F(LoginImportTest, TheLoginIsAnsweredBeforeTheHelper) {
  offer({{beginning(), true}});
  EXPECT_TRUE(log_in("password"));
  EXPECT_TRUE(store_.imports.empty());
  EXPECT_TRUE(create("other", {{"a", "1"}}));
}

TEST_F(LoginImportTest, RepeatedItAddsWhatIsMissing) {
  const auto one = frame(record("one", "1")), two = frame(record("two", "2"));
  offer({{beginning() + one}});
  EXPECT_EQ(verdicts(imported()), std::vector{Verdict::interrupted});
  EXPECT_THAT(secrets(), ElementsAre("1"));
  offer({{beginning() + one + one + two + end(3)}});
  const auto files = imported();
  EXPECT_EQ(verdicts(files), std::vector{Verdict::read});
  EXPECT_EQ(files[0].items, 3u);
  EXPECT_EQ(files[0].added, 2u);  // one of the equal two was there
  EXPECT_THAT(secrets(), UnorderedElementsAre("1", "1", "2"));
}

TEST_F(LoginImportTest, TheSecondFileAddsWhatTheFirstHadNot) {
  const auto one = frame(record("one", "1")), two = frame(record("two", "2"));
  offer({{beginning() + one + end(1)},
         {beginning(formats::Format::libsecret_file) + one + two + end(2)}});
  const auto files = imported();
  EXPECT_EQ(verdicts(files), (std::vector{Verdict::read, Verdict::read}));
  EXPECT_EQ(files[1].added, 1u);
  EXPECT_THAT(secrets(), ElementsAre("1", "2"));
}

TEST_F(LoginImportTest, AWrongPasswordAndDamageAreToldApart) {
  offer({{failure(base::Code::wrong_password)},
         {failure(base::Code::limits_exceeded)},
         {beginning() + frame(record("one", "1")) + failure(base::Code::damaged)},
         {beginning(formats::Format::csv) + frame(record("two", "2")) + end(1)}});
  EXPECT_EQ(verdicts(imported()), (std::vector{Verdict::wrong_password, Verdict::unreadable,
                                               Verdict::unreadable, Verdict::unreadable}));
  EXPECT_THAT(secrets(), ElementsAre("1"));
}

TEST_F(LoginImportTest, NonsenseCostsTheImportAlone) {
  const auto item = frame(record("one", "1"));
  transfer::Record unsorted = record("two", "2");
  std::swap(unsorted.attributes.items[0], unsorted.attributes.items[1]);
  const std::vector<std::pair<const char*, base::Bytes>> bad = {
      {"nothing", {}},
      {"half a head", head(9, 2)},
      {"a frame of no size", head(0, 3)},
      {"a frame larger than any", head(0xffffffff, 3)},
      {"an unknown kind", head(1, 99)},
      {"a start that is larger than any", head(200'000, 2)},
      {"a record before the start", item},
      {"a long record before the start", head(4'000'000, 3)},
      {"two starts", beginning() + beginning()},
      {"a request", beginning() + frame(transfer::Request{})},
      {"a miscounted end", beginning() + end(1)},
      {"half a record", beginning() + base::Bytes(item.begin(), item.end() - 1)},
      {"a record of rubbish", beginning() + head(100, 3) + base::Bytes(99, std::byte{0xff})},
      {"an unsorted record", beginning() + frame(unsorted)},
      {"an empty end", beginning() + head(1, 6)},
      {"an empty failure", head(1, 7)},
  };
  for (const auto& [name, bytes] : bad) {
    SCOPED_TRACE(name);
    offer({{bytes}});
    EXPECT_EQ(verdicts(imported()), std::vector{Verdict::interrupted});
    EXPECT_TRUE(secrets().empty());
  }
}

TEST_F(LoginImportTest, WhatIsLargerThanAnItemMayBeIsLostAndTheRestIsNot) {
  transfer::Record many = record("many", "2");
  many.attributes.items.clear();
  for (int i = 100; i < 200; ++i)
    many.attributes.items.push_back({{"name" + std::to_string(i)}, {"value"}});
  offer({{beginning() + frame(record("long", std::string(2'000'000, 's'))) +
          frame(record(std::string(60'000, 'l'), "1")) + frame(many) +
          frame(record("just fits", std::string(ipc::kMaxSecret, 's'))) +
          frame(record("one", "last")) + end(5)}});
  const auto files = imported();
  EXPECT_EQ(verdicts(files), std::vector{Verdict::read});
  EXPECT_EQ(files[0].items, 2u);
  EXPECT_EQ(files[0].lost, 3u);
  EXPECT_EQ(secrets().back(), "last");
}

TEST_F(LoginImportTest, AHelperThatHangsIsGivenUp) {
  import_patience_ = std::chrono::milliseconds(50);
  offer({{beginning() + frame(record("one", "1")), true}, {{}, true}});
  EXPECT_EQ(verdicts(imported()), (std::vector{Verdict::interrupted, Verdict::interrupted}));
  EXPECT_THAT(secrets(), ElementsAre("1"));
}

TEST_F(LoginImportTest, AFloodIsBounded) {
  auto stream = *RecordStream::make(*arena_, [](const auto&, auto) { return base::Ok{}; });
  const auto feed = [&](const base::Bytes& bytes) {
    base::Outcome took = base::Ok{};
    for (std::size_t at = 0; at < bytes.size() && took;) {
      const auto room = stream.room();
      const std::size_t size = std::min(room.size(), bytes.size() - at);
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size, room.begin());
      at += size;
      took = stream.took(size);
    }
    return took;
  };
  ASSERT_TRUE(feed(beginning()));
  const base::Bytes record = head(15'000'001, 3) + base::Bytes(15'000'000);
  base::Outcome took = base::Ok{};
  std::size_t fed = 0;
  for (; took && fed <= RecordStream::kMost; fed += 15'000'000) took = feed(record);
  ASSERT_FALSE(took);
  EXPECT_EQ(took.error().code, base::Code::limits_exceeded);
  EXPECT_EQ(stream.lost(), RecordStream::kMost / 15'000'000);
}

TEST_F(LoginImportTest, WhatCannotBeStoredInterruptsIt) {
  offer({{beginning() + frame(record("one", "1")) + frame(record("two", "2")) + end(2)}});
  ASSERT_TRUE(log_in("password"));
  store_.failing = base::Code::no_space;
  run_until([&] { return !store_.imports.empty(); });
  EXPECT_EQ(verdicts(store_.imports.back()), std::vector{Verdict::interrupted});
  store_.failing.reset();
  run_until([&] { return static_cast<bool>(create("other", {{"a", "1"}})); });
  EXPECT_THAT(secrets(), Each("other"));
}

TEST_F(LoginImportTest, ALockInterruptsIt) {
  offer({{beginning(), true}});
  ASSERT_TRUE(log_in("password"));
  run_until([&] { return !helpers_.empty(); });
  ASSERT_TRUE(ask(wire::Lock{login()}));
  const auto item = frame(record("one", "1"));
  ASSERT_GT(::send(helpers_.back()->get(), item.data(), item.size(), MSG_NOSIGNAL), 0);
  run_until([&] { return !store_.imports.empty(); });
  EXPECT_EQ(verdicts(store_.imports.back()), std::vector{Verdict::interrupted});
}

TEST_F(LoginImportTest, AnAbandonedCollectionOrVaultEndsIt) {
  offer({{beginning(), true}});
  ASSERT_TRUE(log_in("password"));
  run_until([&] { return !helpers_.empty(); });
  restart();
  ASSERT_TRUE(log_in("password"));
  run_until([&] { return helpers_.size() == 2; });
  ASSERT_TRUE(ask(wire::DeleteCollection{login()}));
  const auto item = frame(record("one", "1"));
  ASSERT_GT(::send(helpers_.back()->get(), item.data(), item.size(), MSG_NOSIGNAL), 0);
  run_until([&] { return !store_.imports.empty(); });
  EXPECT_EQ(verdicts(store_.imports.back()), std::vector{Verdict::interrupted});
}

TEST_F(LoginImportTest, OnlyALoginThatIsRightBeginsIt) {
  offer({{beginning() + end(0)}});
  ASSERT_TRUE(ask(wire::CreateCollection{{"login"}, password("password")}));
  EXPECT_FALSE(log_in("wrong"));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  ASSERT_TRUE(unlock(login(), "password"));
  EXPECT_TRUE(helpers_.empty());
  imported();
  EXPECT_EQ(helpers_.size(), 1u);
}

TEST_F(LoginImportTest, TheFrontendIsToldThatItemsCame) {
  offer({{beginning() + frame(record("one", "1")) + end(1)}});
  imported();
  const auto state = ask(wire::AwaitChange{})->collections.items;
  const auto at = std::find_if(state.begin(), state.end(),
                               [](const auto& each) { return each.name.value == "login"; });
  ASSERT_NE(at, state.end());
  EXPECT_GT(at->arrivals, 0u);
}

TEST_F(LoginImportTest, ThePasswordIsNotKept) {
  offer({{beginning() + end(0)}});
  imported("correct horse battery staple");
  EXPECT_FALSE(arena_contains(base::bytes_of("correct horse battery staple")));
}

TEST(RecordView, ReadsWhatARecordIs) {
  const auto sent = record("one", "swordfish");
  const base::Bytes bytes = ipc::encode(sent);
  const auto view = transfer::view_record(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->details.label, sent.label);
  EXPECT_EQ(base::text_of(view->secret), "swordfish");
  EXPECT_GE(view->secret.data(), bytes.data());
}

}  // namespace
}  // namespace vault
