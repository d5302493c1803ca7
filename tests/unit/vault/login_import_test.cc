// A new collection `login` takes in another manager's keyring, from a helper that may be hostile.
#include "vault/login_import.h"

#include <gmock/gmock.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
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

using formats::Kdf;

base::Bytes counting(std::size_t size) {
  base::Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}
base::Bytes question(Kdf kdf, std::size_t salt, std::uint32_t rounds) {
  return frame(transfer::KeyWanted{kdf, {counting(salt)}, rounds});
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
    request_.reset();
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

  // What the vault has said after its request.
  base::Bytes heard(const base::UniqueFd& helper) {
    base::Bytes bytes(8192);
    const ssize_t got = ::recv(helper.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  base::Bytes heard() { return request_ ? heard(*helpers_.back()) : base::Bytes(); }
  void say(const base::Bytes& bytes) {
    ASSERT_EQ(::send(helpers_.back()->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // Until the vault makes the key.
  void ask_for(const base::Bytes& key) {
    run_until([&] { return request_.has_value(); });
    say(key);
    run_until([&] {
      int unread = 0;
      return ::ioctl(helpers_.back()->get(), SIOCOUTQ, &unread) == 0 && unread == 0;
    });
  }
  static std::string hexadecimal(const base::Bytes& bytes) {
    std::string out(2 * bytes.size() + 1, '\0');
    sodium_bin2hex(out.data(), out.size(), base::u8(bytes), bytes.size());
    out.pop_back();
    return out;
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
  EXPECT_EQ(request_->operation, transfer::Operation::read_asking);
  EXPECT_TRUE(request_->password.value.empty());
}

// The keys are those of Python's hashlib, for "password" and salts that count from 0.
struct Known {
  Kdf kdf;
  std::size_t salt;
  std::uint32_t rounds;
  const char* key;
};
constexpr Known kKnown[] = {
    {Kdf::iterated_sha256, 8, 1000,
     "cedea2fe0a4636a81ba062777b7eb583b190289973eea6bc7d8befab63ba2eea"},
    {Kdf::iterated_sha256, 8, 250'000,
     "b825d6bf66a0fc43b2d21165643e27ee3cc9186c38460fa41248dd5893f356a2"},
    {Kdf::pbkdf2_sha256, 32, 100'000, "0078f6ddcfd48dd2fbea4e34ecb6622d"},
    {Kdf::pbkdf2_sha256, 32, 250'000, "1953001035537bbab9bd95248de3a37f"},
};

TEST_F(LoginImportTest, TheHelperGetsTheFilesKeyAndNotThePassword) {
  for (const Known& known : kKnown) {
    SCOPED_TRACE(known.key);
    offer({{question(known.kdf, known.salt, known.rounds), true}});
    ASSERT_TRUE(log_in("password"));
    base::Bytes answer;
    run_until([&] { return !(answer = answer + heard()).empty(); });
    const auto key = ipc::decode<transfer::Key>(base::ByteView(answer).subspan(5));
    ASSERT_TRUE(key);
    EXPECT_EQ(answer, frame(*key));
    EXPECT_EQ(hexadecimal(key->bytes.value), known.key);
    ASSERT_TRUE(request_);
    EXPECT_TRUE(request_->password.value.empty());
    const auto before = store_.imports.size();
    say(beginning() + frame(record("one", "1")) + end(1));
    run_until([&] { return store_.imports.size() > before; });
    EXPECT_EQ(verdicts(store_.imports.back()), std::vector{Verdict::read});
    EXPECT_FALSE(arena_contains(base::ByteView(key->bytes.value).first(16)));
    EXPECT_FALSE(arena_contains(base::bytes_of("password")));
  }
}

TEST_F(LoginImportTest, AKeyThatNoFileHasIsRefused) {
  const std::vector<std::pair<const char*, base::Bytes>> bad = {
      {"no salt", question(Kdf::iterated_sha256, 0, 4000)},
      {"a short salt", question(Kdf::iterated_sha256, 7, 4000)},
      {"a long salt", question(Kdf::iterated_sha256, 64, 4000)},
      {"a short salt of PBKDF2's", question(Kdf::pbkdf2_sha256, 31, 100'000)},
      {"no rounds", question(Kdf::iterated_sha256, 8, 0)},
      {"few rounds", question(Kdf::iterated_sha256, 8, 999)},
      {"few rounds of PBKDF2", question(Kdf::pbkdf2_sha256, 32, 99'999)},
      {"too many rounds", question(Kdf::pbkdf2_sha256, 32, 10'000'001)},
      {"as many rounds as can be said", question(Kdf::iterated_sha256, 8, 0xffffffff)},
  };
  for (const auto& [name, bytes] : bad) {
    SCOPED_TRACE(name);
    offer({{bytes, true}});
    EXPECT_EQ(verdicts(imported()), std::vector{Verdict::unreadable});
    EXPECT_TRUE(heard().empty());
  }
}

TEST_F(LoginImportTest, OneKeyIsMadeForAFile) {
  const auto one = question(Kdf::iterated_sha256, 8, 1000);
  base::Bytes flood = one;
  for (int i = 0; i < 2000; ++i) flood = flood + question(Kdf::pbkdf2_sha256, 32, 10'000'000);
  for (const auto& bytes : {one + one, one + question(Kdf::iterated_sha256, 8, 1001), flood}) {
    offer({{bytes, true}});
    EXPECT_EQ(verdicts(imported()), std::vector{Verdict::interrupted});
    EXPECT_EQ(heard().size(), frame(transfer::Key{{base::Bytes(32)}}).size());
  }
}

TEST_F(LoginImportTest, NoKeyIsMadeAfterTheStart) {
  offer({{beginning() + question(Kdf::iterated_sha256, 8, 1000), true}});
  EXPECT_EQ(verdicts(imported()), std::vector{Verdict::interrupted});
  EXPECT_TRUE(heard().empty());
}

TEST_F(LoginImportTest, NobodyWaitsForAKeyThatTakesLong) {
  offer({{{}, true}});
  ASSERT_TRUE(log_in("password"));
  ask_for(question(Kdf::pbkdf2_sha256, 32, 10'000'000));
  ASSERT_TRUE(ask(wire::CreateCollection{{"other"}, password("another")}));
  EXPECT_TRUE(heard().empty());
  EXPECT_TRUE(store_.imports.empty());
}

TEST_F(LoginImportTest, NoKeyIsMadeAfterALock) {
  offer({{{}, true}});
  ASSERT_TRUE(log_in("password"));
  ask_for(question(Kdf::pbkdf2_sha256, 32, 150'000));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  run_until([&] { return !store_.imports.empty(); });
  EXPECT_EQ(verdicts(store_.imports.back()), std::vector{Verdict::interrupted});
  EXPECT_TRUE(heard().empty());
}

TEST_F(LoginImportTest, AFileThatIsGivenUpGetsNoKey) {
  const auto slow = question(Kdf::pbkdf2_sha256, 32, 10'000'000);
  import_patience_ = std::chrono::milliseconds(50);
  offer({{slow, true}, {slow}});
  EXPECT_EQ(verdicts(imported()), (std::vector{Verdict::interrupted, Verdict::interrupted}));
  ASSERT_TRUE(ask(wire::CreateCollection{{"after it"}, password("another")}));
  for (const auto& helper : helpers_) EXPECT_TRUE(heard(*helper).empty());
  import_patience_ = std::chrono::minutes(1);
  offer({{{}, true}});
  ASSERT_TRUE(log_in("password"));
  ask_for(slow);
  restart();
  ASSERT_TRUE(ask(wire::CreateCollection{{"the last"}, password("another")}));
  EXPECT_TRUE(heard().empty());
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
      {"a key", frame(transfer::Key{})},
      {"an unknown derivation", head(10, 10) + base::Bytes(9, std::byte{7})},
      {"a salt larger than any",
       head(10 + 65, 10) + base::Bytes{std::byte{1}, std::byte{65}} + base::Bytes(3 + 65 + 4)},
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
  auto stream = *RecordStream::make(
      *arena_, [](auto) { return base::Ok{}; }, [](const auto&, auto) { return base::Ok{}; });
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
