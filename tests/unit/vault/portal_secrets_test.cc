// Secrets for a portal: which one it is, that it is stored, and what becomes of strange
// descriptors.
#include "vault/portal_secrets.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <thread>

#include "tests/unit/vault/fixture.h"

namespace vault {
namespace {

struct Pipe {
  explicit Pipe(int flags = 0) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | flags), 0);
    out = base::UniqueFd(ends[0]);
    in = base::UniqueFd(ends[1]);
  }
  void fill() const {
    ::fcntl(in.get(), F_SETFL, O_NONBLOCK);
    const std::array<char, 4096> some{};
    while (::write(in.get(), some.data(), some.size()) > 0) {
    }
    ::fcntl(in.get(), F_SETFL, 0);  // as a stranger would leave it, to have others wait
  }
  base::UniqueFd out, in;
};

std::string read_all(int fd) {
  std::string text(8192, '\0');
  ssize_t used = 0;
  for (ssize_t got = 1; got > 0; used += std::max<ssize_t>(got, 0))
    got = ::read(fd, text.data() + used, text.size() - static_cast<std::size_t>(used));
  text.resize(static_cast<std::size_t>(used));
  return text;
}

wire::PortalApplication named(const std::string& id) { return {{id}, {}}; }

ipc::Publisher publisher(const std::string& source, const std::string& keys = {},
                         const std::string& installation = "system") {
  return {{installation}, {source}, {base::copy_of(base::bytes_of(keys))}};
}
wire::PortalApplication published(const std::string& id, std::vector<ipc::Publisher> publishers,
                                  const std::vector<std::string>& previous = {}) {
  wire::PortalApplication application{{id}, {{std::move(publishers)}, {}}};
  for (const std::string& before : previous)
    application.installed.previous.items.push_back({before});
  return application;
}

class PortalSecretsTest : public VaultTest {
 protected:
  PortalSecretsTest() { EXPECT_TRUE(log_in("pw")); }

  // As the frontend does it.
  base::Result<ipc::Nothing> write(const std::string& application, base::UniqueFd to) {
    const auto made = ask(wire::MakePortalSecret{named(application)});
    if (!made) return base::fail(made.error());
    return ask(wire::WritePortalSecret{named(application), {std::move(to)}});
  }
  // "error: CODE" when there is none.
  std::string secret_for(const std::string& application) {
    Pipe pipe;
    const auto written = write(application, std::move(pipe.in));
    const std::string got = read_all(pipe.out.get());
    if (!written) {
      EXPECT_EQ(got, "");
      return "error: " + std::to_string(static_cast<int>(written.error().code));
    }
    return got;
  }
  std::string error(base::Code code) { return "error: " + std::to_string(static_cast<int>(code)); }
  std::vector<CollectionId> locked_for(const std::string& application) {
    auto found = ask(wire::FindPortalSecret{named(application)});
    EXPECT_TRUE(found);
    return found ? found->locked.items : std::vector<CollectionId>{};
  }
  CollectionId another(const std::string& label) {
    return ask(wire::CreateCollection{{label}, password("pw")})->collection;
  }
  wire::ItemId put(CollectionId into, const std::string& secret,
                   const std::map<std::string, std::string>& pairs) {
    auto made = ask(wire::CreateItem{
        kClient, session_, into, {"any label"}, attributes(pairs), plain(secret), false});
    EXPECT_TRUE(made);
    return made->item;
  }
};

TEST_F(PortalSecretsTest, IsMadeOnceOf64BytesAndEachApplicationHasItsOwn) {
  const std::string first = secret_for("org.example.One");
  EXPECT_EQ(first.size(), 64u);
  EXPECT_EQ(secret_for("org.example.One"), first);
  const std::string second = secret_for("org.example.Two");
  EXPECT_EQ(second.size(), 64u);
  EXPECT_NE(second, first);
  EXPECT_EQ(search({{"app_id", "org.example.One"}}).unlocked.items.size(), 1u);
}

TEST_F(PortalSecretsTest, IsStoredWhereOthersLookForIt) {
  const std::string secret = secret_for("org.example.One");
  const auto found =
      search({{"app_id", "org.example.One"}, {"xdg:schema", "org.freedesktop.portal.Secret"}});
  ASSERT_EQ(found.unlocked.items.size(), 1u);
  EXPECT_EQ(found.unlocked.items[0].collection, login());
  EXPECT_EQ(secret_of(found.unlocked.items[0]), secret);
}

TEST_F(PortalSecretsTest, SurvivesARestart) {
  const std::string secret = secret_for("org.example.One");
  restart();
  ASSERT_TRUE(unlock(login(), "pw"));
  EXPECT_EQ(secret_for("org.example.One"), secret);
}

// A new one would lose the application what it keeps under the old one.
TEST_F(PortalSecretsTest, ADamagedOneIsNotReplacedByANewOne) {
  const std::string secret = secret_for("org.example.One");
  auto& box = store_.files.at("login").rows.at(1).box.value;
  box.at(40) ^= std::byte{1};
  restart();
  ASSERT_TRUE(unlock(login(), "pw"));
  EXPECT_EQ(secret_for("org.example.One"), error(base::Code::damaged));
  EXPECT_EQ(secret_for("org.example.Two").size(), 64u);
  store_.files.at("login").rows.at(1).box.value.at(40) ^= std::byte{1};
  restart();
  ASSERT_TRUE(unlock(login(), "pw"));
  EXPECT_EQ(secret_for("org.example.One"), secret);
}

TEST_F(PortalSecretsTest, ThePortalsSchemaComesFirstThenTheOldestInAnyCollection) {
  const auto other = another("other");  // after "login", where two are equally old
  put(other, "the oldest", {{"app_id", "org.example.One"}});
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // ages are in seconds
  put(login(), "later", {{"app_id", "org.example.One"}, {"more", "x"}});
  put(other, "as late", {{"app_id", "org.example.One"}, {"more", "y"}});
  EXPECT_EQ(secret_for("org.example.One"), "the oldest");
  put(other, "of the schema",
      {{"app_id", "org.example.One"}, {"xdg:schema", "org.freedesktop.portal.Secret"}});
  EXPECT_EQ(secret_for("org.example.One"), "of the schema");
}

TEST_F(PortalSecretsTest, AnItemOfTheSessionCollectionIsNotIt) {
  put(*vault_->by_name("session"), "gone tomorrow", {{"app_id", "org.example.One"}});
  EXPECT_EQ(secret_for("org.example.One").size(), 64u);
}

TEST_F(PortalSecretsTest, NeedsTheCollectionThatHasItAndTheDefaultOneForANewOne) {
  const auto other = another("Other");
  put(other, "theirs", {{"app_id", "org.example.One"}});
  EXPECT_TRUE(locked_for("org.example.One").empty());
  vault_->lock(other);
  EXPECT_EQ(locked_for("org.example.One"), std::vector{other});
  EXPECT_EQ(secret_for("org.example.One"), error(base::Code::locked));
  EXPECT_TRUE(locked_for("org.example.Two").empty());
  vault_->lock(login());
  EXPECT_EQ(locked_for("org.example.Two"), std::vector{login()});
  EXPECT_EQ(secret_for("org.example.Two"), error(base::Code::locked));
  ASSERT_TRUE(unlock(other, "pw"));
  EXPECT_EQ(secret_for("org.example.One"), "theirs");
}

TEST_F(PortalSecretsTest, WhereLockedOnesCannotBeSearchedEachOfThemIsNeededForANewOne) {
  settings_.locked_search = false;
  restart();
  ASSERT_TRUE(unlock(login(), "pw"));
  const auto other = another("Other");
  put(other, "theirs", {{"app_id", "org.example.One"}});
  vault_->lock(other);
  EXPECT_EQ(locked_for("org.example.One"), std::vector{other});
}

TEST_F(PortalSecretsTest, NothingIsWrittenThatWasNotMade) {
  Pipe pipe;
  EXPECT_EQ(refusal(wire::WritePortalSecret{named("org.example.One"), {std::move(pipe.in)}}),
            base::Code::no_such_item);
  EXPECT_EQ(read_all(pipe.out.get()), "");
}

TEST_F(PortalSecretsTest, AnUnidentifiedApplicationHasNone) {
  EXPECT_EQ(secret_for(""), error(base::Code::invalid));
}

TEST_F(PortalSecretsTest, WithoutADefaultCollectionThereIsNone) {
  ASSERT_TRUE(ask(wire::DeleteCollection{login()}));
  EXPECT_EQ(secret_for("org.example.One"), error(base::Code::no_such_collection));
}

TEST_F(PortalSecretsTest, NothingIsWrittenBeforeItIsStored) {
  store_.hold = true;
  Pipe pipe(O_NONBLOCK);
  bool answered = false, made = false;
  send(wire::MakePortalSecret{named("org.example.One")}, [&](auto reply) { made = bool(reply); });
  send(wire::WritePortalSecret{named("org.example.One"), {std::move(pipe.in)}},
       [&](auto reply) { answered = bool(reply); });
  for (int i = 0; i < 20; ++i) loop_.run_once(std::chrono::milliseconds(2));
  char byte = 0;
  EXPECT_NE(::read(pipe.out.get(), &byte, 1), 1);
  EXPECT_FALSE(answered || made);
  store_.hold = false;
  for (const auto& act : std::exchange(store_.held, {})) act();
  run_until([&] { return made; });
  EXPECT_EQ(secret_for("org.example.One").size(), 64u);
}

TEST_F(PortalSecretsTest, NothingIsWrittenThatCannotBeStored) {
  store_.failing = base::Code::no_space;
  EXPECT_EQ(secret_for("org.example.One"), error(base::Code::no_space));
  store_.failing.reset();
  EXPECT_EQ(secret_for("org.example.One").size(), 64u);
}

TEST_F(PortalSecretsTest, NothingIsWrittenThatTheStoreDoesNotGiveBack) {
  store_.forgetful = true;
  EXPECT_EQ(secret_for("org.example.One"), error(base::Code::conflict));
}

TEST_F(PortalSecretsTest, ManyAtOnceGetTheSame) {
  std::vector<Pipe> pipes(100);
  int answered = 0, made = 0;
  for (std::size_t i = 0; i < pipes.size(); ++i)
    send(wire::MakePortalSecret{named("org.example.One")},
         [&](auto reply) { made += reply->made; });
  for (Pipe& pipe : pipes)
    send(wire::WritePortalSecret{named("org.example.One"), {std::move(pipe.in)}},
         [&](auto reply) { answered += bool(reply); });
  run_until([&] { return answered == 100; });
  EXPECT_EQ(made, 1);
  std::set<std::string> secrets;
  for (const Pipe& pipe : pipes) secrets.insert(read_all(pipe.out.get()));
  ASSERT_EQ(secrets.size(), 1u);
  EXPECT_EQ(secrets.begin()->size(), 64u);
  EXPECT_EQ(search({{"app_id", "org.example.One"}}).unlocked.items.size(), 1u);
}

TEST_F(PortalSecretsTest, ASocketWillDo) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const base::UniqueFd ours(ends[0]);
  EXPECT_TRUE(write("org.example.One", base::UniqueFd(ends[1])));
  EXPECT_EQ(read_all(ours.get()).size(), 64u);
}

TEST_F(PortalSecretsTest, WhatCannotBeWrittenToIsRefused) {
  Pipe read_only;
  EXPECT_EQ(write("a", std::move(read_only.out)).error().code, base::Code::io);
  Pipe nobody;
  nobody.out = base::UniqueFd();
  EXPECT_EQ(write("a", std::move(nobody.in)).error().code, base::Code::io);
  for (const char* path : {"/dev/null", "/dev/ptmx", "/"})
    EXPECT_EQ(write("a", base::UniqueFd(
                             ::open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | (path[1] ? 0 : O_PATH))))
                  .error()
                  .code,
              path[1] ? base::Code::invalid : base::Code::io)
        << path;
  base::UniqueFd file(::memfd_create("a file", MFD_CLOEXEC));
  EXPECT_EQ(write("a", std::move(file)).error().code, base::Code::invalid);
}

TEST_F(PortalSecretsTest, AFullPipeIsWaitedForWithoutHoldingUpAnybody) {
  ASSERT_TRUE(ask(wire::MakePortalSecret{named("org.example.One")}));
  Pipe pipe;
  pipe.fill();
  std::optional<base::Result<ipc::Nothing>> answer;
  send(wire::WritePortalSecret{named("org.example.One"), {std::move(pipe.in)}},
       [&](auto reply) { answer.emplace(std::move(reply)); });
  EXPECT_EQ(secret_for("org.example.Two").size(), 64u);
  EXPECT_FALSE(answer);
  std::array<char, 65536> stuff;
  ASSERT_EQ(::read(pipe.out.get(), stuff.data(), stuff.size()), 65536);
  run_until([&] { return answer.has_value(); });
  EXPECT_TRUE(*answer);
  EXPECT_EQ(read_all(pipe.out.get()).size(), 64u);
}

TEST_F(PortalSecretsTest, APipeThatStaysFullIsGivenUp) {
  Pipe pipe;
  pipe.fill();
  const auto begun = base::EventLoop::Clock::now();
  EXPECT_EQ(write("org.example.One", std::move(pipe.in)).error().code, base::Code::unavailable);
  EXPECT_LT(base::EventLoop::Clock::now() - begun, std::chrono::seconds(7));
  EXPECT_EQ(secret_for("org.example.One").size(), 64u);  // what was not written then is not now
}

TEST_F(PortalSecretsTest, ALockEndsTheWait) {
  ASSERT_TRUE(ask(wire::MakePortalSecret{named("org.example.One")}));
  Pipe pipe;
  pipe.fill();
  std::optional<base::Result<ipc::Nothing>> answer;
  send(wire::WritePortalSecret{named("org.example.One"), {std::move(pipe.in)}},
       [&](auto reply) { answer.emplace(std::move(reply)); });
  for (int i = 0; i < 20; ++i) loop_.run_once(std::chrono::milliseconds(2));
  vault_->lock(login());
  std::array<char, 65536> stuff;
  ASSERT_EQ(::read(pipe.out.get(), stuff.data(), stuff.size()), 65536);
  run_until([&] { return answer.has_value(); });
  EXPECT_EQ(answer->error().code, base::Code::locked);
  EXPECT_EQ(read_all(pipe.out.get()), "");
}

TEST_F(PortalSecretsTest, ThereIsALimitToWhatIsUnderWay) {
  ASSERT_TRUE(ask(wire::MakePortalSecret{named("org.example.One")}));
  std::vector<Pipe> pipes(PortalSecrets::kMaxDeliveries);
  for (Pipe& pipe : pipes) {
    pipe.fill();
    send(wire::WritePortalSecret{named("org.example.One"), {std::move(pipe.in)}}, [](auto) {});
  }
  EXPECT_EQ(secret_for("org.example.Two"), error(base::Code::limits_exceeded));
  for (Pipe& pipe : pipes) pipe.out = base::UniqueFd();  // on which they end
  run_until([&] { return secret_for("org.example.Two").size() == 64; });
}

TEST_F(PortalSecretsTest, AnItemThatCannotBeReadIsNotReplaced) {
  EXPECT_EQ(secret_for("org.example.One").size(), 64u);
  const std::size_t before = store_.files.at("login").rows.size();
  store_.files.at("login").rows.begin()->second.box.value.back() ^= std::byte{1};
  EXPECT_EQ(secret_for("org.example.One"), error(base::Code::conflict));
  EXPECT_EQ(store_.files.at("login").rows.size(), before);
}

TEST_F(PortalSecretsTest, AnotherPublishersApplicationOfThatIdIsForeign) {
  const auto hub = publisher("org.example.Hub", "keys");
  ASSERT_TRUE(ask(wire::MakePortalSecret{published("org.example.One", {hub})}));
  const auto is_foreign = [&](const wire::PortalApplication& application) {
    const auto found = ask(wire::FindPortalSecret{application});
    EXPECT_TRUE(found->exists);
    EXPECT_EQ(found->foreign ? "org.example.Hub" : "", found->foreign ? found->source.value : "");
    return found->foreign;
  };
  EXPECT_FALSE(is_foreign(published("org.example.One", {hub})));
  EXPECT_FALSE(is_foreign(named("org.example.One")));  // nobody knows
  EXPECT_FALSE(is_foreign(published("org.example.One", {publisher("org.example.Hub")})));
  EXPECT_FALSE(is_foreign(published("org.example.One", {publisher("https://evil"), hub})));
  EXPECT_TRUE(is_foreign(published("org.example.One", {publisher("https://evil", "keys")})));
  EXPECT_TRUE(is_foreign(published("org.example.One", {publisher("org.example.Hub", "others")})));
  EXPECT_TRUE(
      is_foreign(published("org.example.One", {publisher("org.example.Hub", "keys", "user")})));
  Pipe pipe;
  const auto evil = published("org.example.One", {publisher("https://evil")});
  EXPECT_EQ(refusal(wire::WritePortalSecret{evil, {std::move(pipe.in)}}), base::Code::denied);
  EXPECT_EQ(read_all(pipe.out.get()), "");
}

TEST_F(PortalSecretsTest, AForeignSecretIsKeptOrANewOneIsMade) {
  const auto hub = published("org.example.One", {publisher("hub")});
  const auto fork = published("org.example.One", {publisher("fork")});
  const auto third = published("org.example.One", {publisher("third")});
  const auto first = ask(wire::MakePortalSecret{hub});
  const auto second = ask(wire::MakePortalSecret{fork});
  ASSERT_TRUE(first && second && second->made);
  EXPECT_FALSE(ask(wire::MakePortalSecret{hub})->made);  // each has its own
  EXPECT_FALSE(ask(wire::MakePortalSecret{fork})->made);
  const std::string before = secret_of(first->item);
  ASSERT_TRUE(ask(wire::AdoptPortalSecret{third}));
  EXPECT_FALSE(ask(wire::FindPortalSecret{third})->foreign);
  EXPECT_TRUE(ask(wire::FindPortalSecret{hub})->foreign);
  EXPECT_EQ(secret_of(first->item), before);
}

TEST_F(PortalSecretsTest, WhatOthersStoredIsRecordedWithoutAQuestion) {
  put(login(), "imported", {{"app_id", "org.example.One"}});
  const auto hub = published("org.example.One", {publisher("hub")});
  EXPECT_FALSE(ask(wire::FindPortalSecret{hub})->recorded);
  EXPECT_TRUE(ask(wire::FindPortalSecret{named("org.example.One")})->recorded);
  ASSERT_TRUE(ask(wire::AdoptPortalSecret{hub}));
  EXPECT_TRUE(ask(wire::FindPortalSecret{hub})->recorded);
  EXPECT_EQ(secret_for("org.example.One"), "imported");
}

TEST_F(PortalSecretsTest, ARenamedApplicationKeepsItsSecret) {
  const auto made = ask(wire::MakePortalSecret{published("org.example.Old", {publisher("hub")})});
  const auto renamed = published("org.example.New", {publisher("hub")}, {"org.example.Old"});
  EXPECT_EQ(ask(wire::MakePortalSecret{renamed})->item, made->item);
  const auto fork = published("org.example.New", {publisher("fork")}, {"org.example.Old"});
  EXPECT_TRUE(ask(wire::FindPortalSecret{fork})->foreign);
}

}  // namespace
}  // namespace vault
