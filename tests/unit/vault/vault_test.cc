#include <sched.h>

#include <limits>

#include "fixture.h"

namespace vault {
namespace {

TEST_F(VaultTest, TheFirstLoginCreatesTheLoginCollection) {
  ASSERT_TRUE(log_in("password"));
  const auto state = vault_->state();
  ASSERT_EQ(state.collections.items.size(), 2u);
  EXPECT_EQ(state.collections.items[1].name.value, "login");
  EXPECT_FALSE(state.collections.items[1].locked);
  std::map<std::string, std::string> aliases;
  for (const auto& alias : state.aliases.items) aliases[alias.name.value] = alias.collection.value;
  EXPECT_EQ(aliases["default"], "login");
  EXPECT_EQ(aliases["session"], "session");
}

TEST_F(VaultTest, ASecretIsThereAfterARestartAndAnUnlock) {
  ASSERT_TRUE(log_in("password"));
  const auto item = create("swordfish", {{"user", "jo"}})->item;
  EXPECT_EQ(secret_of(item), "swordfish");
  restart();
  const auto found = search({{"user", "jo"}});
  EXPECT_TRUE(found.unlocked.items.empty());
  ASSERT_EQ(found.locked.items.size(), 1u);
  EXPECT_EQ(refusal(wire::ReadSecret{kClient, session_, found.locked.items[0]}),
            base::Code::locked);
  ASSERT_TRUE(log_in("password"));
  EXPECT_EQ(secret_of(found.locked.items[0]), "swordfish");
}

TEST_F(VaultTest, AWrongPasswordUnlocksAndChangesNothing) {
  ASSERT_TRUE(log_in("password"));
  restart();
  const auto before = store_.files.at("login");
  EXPECT_FALSE(log_in("Password"));
  const auto refused = unlock(login(), "Password");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::wrong_password);
  EXPECT_TRUE(vault_->find(login())->is_locked());
  EXPECT_EQ(store_.files.at("login").header, before.header);
  EXPECT_EQ(store_.files.at("login").generation, before.generation);
}

TEST_F(VaultTest, RepeatedWrongPasswordsAreAnsweredLater) {
  ASSERT_TRUE(log_in("password"));
  restart();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(log_in("wrong"));
  // The fourth attempt waits for its second; a search is answered meanwhile.
  std::string order;
  auto password = SecretBytes::copy(*arena_, base::bytes_of("password"));
  vault_->unlock(login(), *std::move(password),
                 [&](base::Outcome outcome) { order += outcome ? "unlocked" : "refused"; });
  send(wire::SearchItems{}, [&](auto) { order += "searched "; });
  run_until([&] { return order == "searched unlocked"; });
}

TEST_F(VaultTest, SearchesBySubsetNewestFirst) {
  ASSERT_TRUE(log_in("password"));
  const auto first = create("1", {{"app", "x"}, {"user", "a"}})->item;
  const auto second = create("2", {{"app", "x"}, {"user", "b"}})->item;
  EXPECT_EQ(search({{"app", "x"}}).unlocked.items, (std::vector{second, first}));
  EXPECT_EQ(search({{"app", "x"}, {"user", "a"}}).unlocked.items, std::vector{first});
  EXPECT_EQ(search({}).unlocked.items.size(), 2u);
  EXPECT_TRUE(search({{"app", "y"}}).unlocked.items.empty());
  EXPECT_TRUE(search({{"app", "x"}, {"user", "c"}}).unlocked.items.empty());
}

TEST_F(VaultTest, ReplacesByEqualityAndKeepsNumberAndCreationTime) {
  ASSERT_TRUE(log_in("password"));
  const auto wider = create("wider", {{"app", "x"}, {"user", "a"}})->item;
  const auto exact = create("exact", {{"app", "x"}})->item;
  const auto replaced = create("new", {{"app", "x"}}, true);
  EXPECT_TRUE(replaced->replaced);
  EXPECT_EQ(replaced->item, exact);
  EXPECT_EQ(secret_of(exact), "new");
  EXPECT_EQ(secret_of(wider), "wider");
}

TEST_F(VaultTest, EqualItemsStayApartWithoutReplace) {
  ASSERT_TRUE(log_in("password"));
  EXPECT_NE(create("1", {{"a", "b"}})->item, create("2", {{"a", "b"}})->item);
  EXPECT_NE(create("1", {}, true)->item,
            create("2", {}, true)->item);  // no attributes: nothing is equal
}

TEST_F(VaultTest, TwoRacingReplacesLeaveOneItem) {
  ASSERT_TRUE(log_in("password"));
  store_.hold = true;
  int answers = 0;
  for (const char* text : {"first", "second"})
    send(
        wire::CreateItem{
            kClient, session_, login(), {"l"}, attributes({{"k", "v"}}), plain(text), true},
        [&](auto reply) { answers += reply ? 1 : 0; });
  run_until([&] { return store_.held.size() == 2; });
  EXPECT_EQ(answers, 0);  // nothing is answered before it is durable
  for (auto& write : store_.held) write();
  run_until([&] { return answers == 2; });
  const auto found = search({{"k", "v"}}).unlocked.items;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(secret_of(found[0]), "second");
}

TEST_F(VaultTest, AFailedWriteIsToldAndNothingOfItStays) {
  ASSERT_TRUE(log_in("password"));
  const auto kept = create("kept", {{"k", "1"}})->item;
  store_.failing = base::Code::no_space;
  EXPECT_EQ(create("lost", {{"k", "2"}}).error().code, base::Code::no_space);
  EXPECT_TRUE(
      search({{"k", "2"}}).unlocked.items.empty());  // from the moment that the failure is told
  store_.failing.reset();
  EXPECT_EQ(secret_of(kept), "kept");
  ASSERT_TRUE(create("again", {{"k", "3"}}));
  restart();
  ASSERT_TRUE(log_in("password"));
  EXPECT_EQ(search({}).unlocked.items.size(), 2u);
}

TEST_F(VaultTest, EditsDeletesAndNeverReusesANumber) {
  ASSERT_TRUE(log_in("password"));
  const auto item = create("text", {{"k", "1"}})->item;
  wire::EditItem edit{item, {ipc::Label{"renamed"}}, {attributes({{"k", "2"}})}};
  ASSERT_TRUE(ask(std::move(edit)));
  const auto read = ask(wire::ReadItem{item});
  EXPECT_EQ(read->label.value, "renamed");
  EXPECT_EQ(read->attributes, attributes({{"k", "2"}}));
  EXPECT_TRUE(search({{"k", "1"}}).unlocked.items.empty());
  ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, item, plain("other")}));
  EXPECT_EQ(secret_of(item), "other");
  ASSERT_TRUE(ask(wire::DeleteItem{item}));
  EXPECT_EQ(refusal(wire::ReadItem{item}), base::Code::no_such_item);
  EXPECT_GT(create("next", {})->item.number, item.number);
}

TEST_F(VaultTest, ALockedCollectionShowsNumbersAndNothingElse) {
  ASSERT_TRUE(log_in("password"));
  const auto item = create("text", {{"k", "1"}})->item;
  ASSERT_TRUE(ask(wire::Lock{login()}));
  EXPECT_EQ(ask(wire::ListItems{login()})->items.items, std::vector{item.number});
  const auto read = ask(wire::ReadItem{item});
  EXPECT_TRUE(read->locked);
  EXPECT_EQ(read->label.value, "");
  EXPECT_TRUE(read->attributes.items.empty());
  EXPECT_EQ(create("x", {}).error().code, base::Code::locked);
  EXPECT_EQ(refusal(wire::DeleteItem{item}), base::Code::locked);
  EXPECT_EQ(search({{"k", "1"}}).locked.items, std::vector{item});
}

TEST_F(VaultTest, WithoutLockedSearchALockedCollectionIsNotSearched) {
  settings_.locked_search = false;
  restart();
  ASSERT_TRUE(log_in("password"));
  const auto item = create("text", {{"k", "1"}})->item;
  EXPECT_EQ(search({{"k", "1"}}).unlocked.items, std::vector{item});
  ASSERT_TRUE(ask(wire::Lock{login()}));
  EXPECT_TRUE(search({{"k", "1"}}).locked.items.empty());
  // Switched on again: found from the next unlock on, and then when locked too.
  settings_.locked_search = true;
  restart();
  ASSERT_TRUE(log_in("password"));
  EXPECT_EQ(search({{"k", "1"}}).unlocked.items.size(), 1u);
  run_until([&] { return store_.files.at("login").generation == 3; });
  restart();
  EXPECT_EQ(search({{"k", "1"}}).locked.items.size(), 1u);
}

TEST_F(VaultTest, AfterALockNoKeyIsLeft) {
  ASSERT_TRUE(log_in("password"));
  ASSERT_TRUE(create("a secret to look for", {{"k", "1"}}));
  // The collection key, as the slot gives it.
  const auto header = ipc::decode<Header>(store_.files.at("login").header.value);
  auto password = SecretBytes::copy(*arena_, base::bytes_of("password"));
  base::Bytes key;
  {
    auto slot_key = derive_slot_key(header->slots.items[0], *password, *arena_);
    auto keys = unwrap(header->slots.items[0], header->uuid, *slot_key, *arena_);
    key = base::copy_of(keys->collection());
  }
  EXPECT_TRUE(arena_contains(key));
  ASSERT_TRUE(ask(wire::Lock{login()}));
  EXPECT_FALSE(arena_contains(key));
  EXPECT_FALSE(arena_contains(base::bytes_of("a secret to look for")));
}

TEST_F(VaultTest, TheSessionCollectionIsAlwaysOpenAndNeverStored) {
  const auto session = *vault_->by_name("session");
  const auto item =
      ask(wire::CreateItem{kClient, session_, session, {"l"}, {}, plain("fleeting"), false})->item;
  ASSERT_TRUE(ask(wire::Lock{session}));
  EXPECT_EQ(secret_of(item), "fleeting");
  EXPECT_EQ(refusal(wire::DeleteCollection{session}), base::Code::not_supported);
  EXPECT_TRUE(store_.files.empty());
  restart();
  EXPECT_TRUE(search({}).unlocked.items.empty());
}

TEST_F(VaultTest, ASessionBelongsToItsClient) {
  ASSERT_TRUE(log_in("password"));
  const auto item = create("text", {})->item;
  EXPECT_EQ(refusal(wire::ReadSecret{wire::ClientId{8}, session_, item}),
            base::Code::no_such_session);
  EXPECT_EQ(refusal(wire::CloseSession{wire::ClientId{8}, session_}), base::Code::no_such_session);
  ASSERT_TRUE(ask(wire::ForgetClient{kClient}));
  EXPECT_EQ(refusal(wire::ReadSecret{kClient, session_, item}), base::Code::no_such_session);
}

TEST_F(VaultTest, ItWorksWhereItIsAskedTo) {
  const auto processors = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(0, sizeof set, &set);
    return set;
  };
  const cpu_set_t before = processors();
  const auto here = static_cast<std::uint32_t>(::sched_getcpu());
  ASSERT_TRUE(ask(wire::WorkNear{{here}}));
  const cpu_set_t after = processors();
  EXPECT_EQ(CPU_COUNT(&after), 1);
  EXPECT_TRUE(CPU_ISSET(here, &after));
  for (const std::uint32_t nowhere : {std::uint32_t{CPU_SETSIZE} - 1, std::uint32_t{CPU_SETSIZE},
                                      std::numeric_limits<std::uint32_t>::max()}) {
    ASSERT_TRUE(ask(wire::WorkNear{{nowhere}}));
    const cpu_set_t still = processors();
    EXPECT_TRUE(CPU_EQUAL(&after, &still)) << nowhere;
  }
  ASSERT_TRUE(ask(wire::WorkNear{}));
  const cpu_set_t anywhere = processors();
  EXPECT_TRUE(CPU_EQUAL(&before, &anywhere));
}

TEST_F(VaultTest, SessionsPerClientAreBounded) {
  for (std::size_t i = 1; i < Sessions::kMaxPerClient; ++i)
    ASSERT_TRUE(ask(wire::OpenSession{kClient, wire::Algorithm::plain, {}}));
  EXPECT_EQ(refusal(wire::OpenSession{kClient, wire::Algorithm::plain, {}}),
            base::Code::limits_exceeded);
  EXPECT_TRUE(ask(wire::OpenSession{wire::ClientId{8}, wire::Algorithm::plain, {}}));
}

TEST_F(VaultTest, SecretsOfEverySizeRoundTrip) {
  ASSERT_TRUE(log_in("password"));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, ipc::kMaxSecret}) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i);
    const auto item = create(text.substr(0, 0), {});
    ASSERT_TRUE(ask(wire::WriteSecret{kClient, session_, item->item, plain(text)}));
    EXPECT_EQ(secret_of(item->item), text);
  }
  wire::Secret large = plain(std::string(ipc::kMaxSecret + 1, 'x'));
  EXPECT_EQ(refusal(wire::CreateItem{kClient, session_, login(), {}, {}, large, false}),
            base::Code::limits_exceeded);
}

TEST_F(VaultTest, AttributesOutOfOrderOrTwiceAreRefused) {
  ASSERT_TRUE(log_in("password"));
  ipc::Attributes twice{{{{"a"}, {"1"}}, {{"a"}, {"2"}}}};
  EXPECT_EQ(refusal(wire::SearchItems{{}, twice}), base::Code::invalid);
  EXPECT_EQ(refusal(wire::CreateItem{kClient, session_, login(), {}, twice, plain("x"), false}),
            base::Code::invalid);
}

TEST_F(VaultTest, ChangesAreToldToWhoWaits) {
  auto seen = ask(wire::AwaitChange{})->revision;
  std::string order;
  send(wire::AwaitChange{seen}, [&](auto reply) {
    EXPECT_NE(reply->revision, seen);
    order += "told ";
  });
  EXPECT_EQ(order, "");
  vault_->login(*SecretBytes::copy(*arena_, base::bytes_of("pw")), {.may_create = true},
                [&](auto) { order += "answered"; });
  run_until([&] { return order == "told answered"; });
}

TEST_F(VaultTest, ANewCollectionsNameComesFromItsLabel) {
  const auto make = [&](const std::string& label) {
    const auto id = ask(wire::CreateCollection{{label}, password("pw")});
    return vault_->find(id->collection)->name();
  };
  EXPECT_EQ(make("My Test: keyring/\xc3\xa9"), "My_Test__keyring_\xc3\xa9");
  EXPECT_EQ(make("x"), "x");
  EXPECT_EQ(make("x"), "x_1");
  EXPECT_EQ(make(""), "unnamed");
  EXPECT_EQ(make("../x"), "_._x");
}

TEST_F(VaultTest, TheDefaultAliasIsKept) {
  ASSERT_TRUE(log_in("password"));
  const auto other = ask(wire::CreateCollection{{"other"}, password("pw")})->collection;
  ASSERT_TRUE(ask(wire::SetAlias{{"default"}, {other}}));
  EXPECT_EQ(refusal(wire::SetAlias{{"mine"}, {other}}), base::Code::not_supported);
  restart();
  bool found = false;
  for (const auto& alias : vault_->state().aliases.items)
    found |= alias.name.value == "default" && alias.collection.value == "other";
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace vault
