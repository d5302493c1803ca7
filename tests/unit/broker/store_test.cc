#include "broker/store.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include "ipc/client.h"
#include "tests/unit/broker/temporary_directory.h"

namespace broker {
namespace {

using namespace ipc::store;
using testing::ElementsAre;

base::Bytes bytes(std::string_view text) { return base::copy_of(base::bytes_of(text)); }

Row row(std::uint64_t number, std::string_view box) {
  return {number, 1, {bytes("locators")}, {bytes(box)}};
}

// A vault's view of the store: real frames through a socket, in one loop.
struct StoreTest : testing::Test {
  // These are the supervisor's to answer.
  struct Handler {
    Store& store;
    void on(Start, ipc::Answer<Start>) {}
    void on(Await, ipc::Answer<Await>) {}
    void on(KeepSessionRow, ipc::Answer<KeepSessionRow>) {}
    void on(ForgetSessionRow, ipc::Answer<ForgetSessionRow>) {}
    void on(LoadSessionRows, ipc::Answer<LoadSessionRows>) {}
    void on(ReadKeyring, ipc::Answer<ReadKeyring>) {}
    void on(EndImport, ipc::Answer<EndImport>) {}
    template <class M>
    void on(M request, ipc::Answer<M> answer) {
      store.on(std::move(request), std::move(answer));
    }
  };
  struct Session {
    Session(base::EventLoop& loop, const std::string& path)
        : store(Store::open(loop, path)), handler{*store}, sockets(ipc::make_socketpair()) {
      server.emplace(loop, std::move(sockets->first), handler, [](const std::string&) {});
      client.emplace(loop, std::move(sockets->second), [](const std::string&) {});
    }
    base::Result<Store> store;
    Handler handler;
    base::Result<std::pair<base::UniqueFd, base::UniqueFd>> sockets;
    std::optional<ipc::Server<Protocol, Handler>> server;
    std::optional<ipc::Client<Protocol>> client;
  };

  StoreTest() {
    std::filesystem::create_directory(directory / "collections");
    session.emplace(loop, directory.path);
  }
  void restart() {
    session.reset();
    session.emplace(loop, directory.path);
  }

  template <class M>
  auto ask(M request) {
    std::optional<base::Result<typename M::Reply>> result;
    session->client->call<M>(std::move(request), [&](auto reply) { result = std::move(reply); });
    while (!result) loop.run_once(std::chrono::milliseconds::max());
    return *std::move(result);
  }
  // The codes of several writes that are sent before any is answered.
  std::vector<base::Code> write_together(std::vector<Write> writes) {
    std::vector<base::Code> codes(writes.size());
    std::size_t left = writes.size();
    for (std::size_t i = 0; i < writes.size(); ++i)
      session->client->call<Write>(std::move(writes[i]), [&, i](auto reply) {
        codes[i] = reply ? kDone : reply.error().code;
        --left;
      });
    while (left > 0) loop.run_once(std::chrono::milliseconds::max());
    return codes;
  }
  void create(const std::string& name) {
    ASSERT_TRUE(ask(CreateCollection{{name}, {bytes("header")}, {bytes("manifest")}, 1}));
  }
  static Write write(std::uint64_t previous, std::vector<Row> put,
                     std::vector<std::uint64_t> erase = {}) {
    return {{"login"}, previous,         previous + 1,      {bytes("manifest")},
            {},        {std::move(put)}, {std::move(erase)}};
  }
  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t after = 0;;) {
      auto page = ask(LoadItems{{"login"}, after});
      if (!page) return {};
      for (const Row& each : page->rows.items) numbers.push_back(after = each.number);
      if (!page->more) return numbers;
    }
  }

  static constexpr base::Code kDone{0};
  TemporaryDirectory directory;
  base::EventLoop loop;
  std::optional<Session> session;
};

TEST_F(StoreTest, KeepsWhatWasWrittenAcrossARestart) {
  create("login");
  Write change = write(1, {row(7, "seven"), row(9, "")});
  change.header.value = HeaderBytes{bytes("new header")};
  change.manifest = {bytes("new manifest")};
  ASSERT_TRUE(ask(std::move(change)));
  restart();
  auto loaded = ask(LoadCollection{{"login"}});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->header.value, bytes("new header"));
  EXPECT_EQ(loaded->manifest.value, bytes("new manifest"));
  EXPECT_EQ(loaded->generation, 2u);
  auto items = ask(LoadItems{{"login"}, 0});
  ASSERT_TRUE(items);
  EXPECT_FALSE(items->more);
  ASSERT_EQ(items->rows.items.size(), 2u);
  EXPECT_EQ(items->rows.items[0].number, 7u);
  EXPECT_EQ(items->rows.items[0].version, 1u);
  EXPECT_EQ(items->rows.items[0].locators.value, bytes("locators"));
  EXPECT_EQ(items->rows.items[0].box.value, bytes("seven"));
  EXPECT_TRUE(items->rows.items[1].box.value.empty());
}

TEST_F(StoreTest, ReplacesAndErasesItems) {
  create("login");
  ASSERT_TRUE(ask(write(1, {row(1, "a"), row(2, "b"), row(3, "c")})));
  ASSERT_TRUE(ask(write(2, {row(2, "other")}, {1, 99})));
  auto items = ask(LoadItems{{"login"}, 0});
  ASSERT_TRUE(items);
  ASSERT_EQ(items->rows.items.size(), 2u);
  EXPECT_EQ(items->rows.items[0].box.value, bytes("other"));
  EXPECT_EQ(items->rows.items[1].number, 3u);
}

TEST_F(StoreTest, RefusesAWriteForAnotherState) {
  create("login");
  EXPECT_EQ(ask(write(0, {row(1, "a")})).error().code, base::Code::conflict);
  EXPECT_EQ(ask(write(2, {row(1, "a")})).error().code, base::Code::conflict);
  Write backwards = write(1, {row(1, "a")});
  backwards.generation = 1;
  EXPECT_EQ(ask(std::move(backwards)).error().code, base::Code::conflict);
  EXPECT_THAT(numbers(), ElementsAre());
  EXPECT_TRUE(ask(write(1, {row(1, "a")})));
}

TEST_F(StoreTest, CommitsWritesTogetherAndRefusesOneAmongThem) {
  create("login");
  const auto codes = write_together({write(1, {row(1, "a")}), write(2, {row(2, "b")}),
                                     write(2, {row(66, "late")}), write(3, {row(3, "c")})});
  EXPECT_THAT(codes, ElementsAre(kDone, kDone, base::Code::conflict, kDone));
  restart();
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 3));
}

TEST_F(StoreTest, LetsABadWriteTakeNoOtherWithIt) {
  create("login");
  const auto codes =
      write_together({write(1, {row(1, "a")}), write(2, {row(2, "b"), row(0, "no number")}),
                      write(2, {row(3, "c")})});
  EXPECT_THAT(codes, ElementsAre(kDone, base::Code::invalid, kDone));
  EXPECT_THAT(numbers(), ElementsAre(1, 3));
  EXPECT_EQ(ask(LoadCollection{{"login"}})->generation, 3u);
}

TEST_F(StoreTest, AnswersReadsAfterTheWritesBeforeThem) {
  create("login");
  std::optional<std::uint64_t> generation;
  session->client->call<Write>(write(1, {row(1, "a")}), [](auto) {});
  session->client->call<LoadCollection>(
      {{"login"}}, [&](auto reply) { generation = reply ? reply->generation : 0; });
  while (!generation) loop.run_once(std::chrono::milliseconds::max());
  EXPECT_EQ(generation, 2u);
}

TEST_F(StoreTest, PagesThroughTenThousandItems) {
  create("login");
  const std::string box(1000, 'x');
  for (std::uint64_t batch = 0; batch < 4; ++batch) {
    std::vector<Row> rows;
    for (std::uint64_t i = 1; i <= 2500; ++i) rows.push_back(row(batch * 2500 + i, box));
    ASSERT_TRUE(ask(write(batch + 1, std::move(rows))));
  }
  std::vector<std::uint64_t> expected(10'000);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = i + 1;
  EXPECT_EQ(numbers(), expected);
  auto first = ask(LoadItems{{"login"}, 0});
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->more);
  EXPECT_TRUE(ipc::Codec<LoadItems::Reply>::fits(*first));
}

TEST_F(StoreTest, ServesTheLargestItemsInPages) {
  create("login");
  const std::string box(ipc::kMaxRecord, 'x');
  for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(ask(write(i, {row(i, box)})));
  EXPECT_EQ(ask(LoadItems{{"login"}, 0})->rows.items.size(), 3u);
  EXPECT_THAT(numbers(), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(StoreTest, SaysThatACollectionIsThereOrNot) {
  EXPECT_EQ(ask(LoadCollection{{"login"}}).error().code, base::Code::no_such_collection);
  EXPECT_EQ(ask(write(1, {})).error().code, base::Code::no_such_collection);
  create("login");
  EXPECT_EQ(ask(CreateCollection{{"login"}, {}, {}, 1}).error().code, base::Code::already_exists);
}

TEST_F(StoreTest, RefusesNamesThatAreNoFileNames) {
  for (const char* name : {"", ".", "..", ".hidden", "a/b", "../login", "/etc/passwd", "a\nb"})
    EXPECT_EQ(ask(CreateCollection{{name}, {}, {}, 1}).error().code, base::Code::invalid) << name;
  const std::string longest(128, 'n');
  EXPECT_TRUE(ask(CreateCollection{{longest}, {}, {}, 1}));
  EXPECT_TRUE(ask(CreateCollection{{"Schlüssel"}, {}, {}, 1}));
  EXPECT_FALSE(check_name(std::string(129, 'n')));
}

TEST_F(StoreTest, DeletesACollectionWithItsAliases) {
  create("login");
  create("other");
  ASSERT_TRUE(ask(SetAlias{{"default"}, {ipc::CollectionName{"login"}}}));
  ASSERT_TRUE(ask(write(1, {row(1, "a")})));
  ASSERT_TRUE(ask(DeleteCollection{{"login"}}));
  EXPECT_EQ(ask(DeleteCollection{{"login"}}).error().code, base::Code::no_such_collection);
  for (const auto& entry : std::filesystem::directory_iterator(directory / "collections"))
    EXPECT_TRUE(entry.path().filename().string().starts_with("other.coffer")) << entry.path();
  auto list = ask(ListCollections{});
  ASSERT_TRUE(list);
  EXPECT_THAT(list->collections.items, ElementsAre(ipc::CollectionName{"other"}));
  create("login");
  EXPECT_THAT(numbers(), ElementsAre());
  EXPECT_TRUE(ask(ListCollections{})->aliases.items.empty());
}

TEST_F(StoreTest, KeepsAliases) {
  create("login");
  create("other");
  ASSERT_TRUE(ask(SetAlias{{"default"}, {ipc::CollectionName{"login"}}}));
  ASSERT_TRUE(ask(SetAlias{{"default"}, {ipc::CollectionName{"other"}}}));
  ASSERT_TRUE(ask(SetAlias{{"session"}, {ipc::CollectionName{"login"}}}));
  ASSERT_TRUE(ask(SetAlias{{"session"}, {}}));
  EXPECT_EQ(ask(SetAlias{{"x"}, {ipc::CollectionName{"none"}}}).error().code,
            base::Code::no_such_collection);
  restart();
  auto list = ask(ListCollections{});
  ASSERT_TRUE(list);
  ASSERT_EQ(list->aliases.items.size(), 1u);
  EXPECT_EQ(list->aliases.items[0].name.value, "default");
  EXPECT_EQ(list->aliases.items[0].collection.value, "other");
}

TEST_F(StoreTest, BoundsTheNumberOfAliases) {
  create("login");
  for (std::size_t i = 0; i < Catalog::kMaxAliases; ++i)
    ASSERT_TRUE(ask(SetAlias{{"a" + std::to_string(i)}, {ipc::CollectionName{"login"}}}));
  EXPECT_EQ(ask(SetAlias{{"more"}, {ipc::CollectionName{"login"}}}).error().code,
            base::Code::limits_exceeded);
  EXPECT_TRUE(ask(SetAlias{{"a0"}, {ipc::CollectionName{"login"}}}));
}

TEST_F(StoreTest, ServesCollectionsWithoutACatalogThatCanBeRead) {
  create("login");
  session.reset();
  write_file(directory / "catalog.db", "not a database");
  session.emplace(loop, directory.path);
  EXPECT_EQ(ask(ListCollections{})->collections.items.size(), 1u);
  EXPECT_EQ(ask(SetAlias{{"default"}, {ipc::CollectionName{"login"}}}).error().code,
            base::Code::damaged);
  EXPECT_EQ(contents_of(directory / "catalog.db"), "not a database");
}

// A limit on the size of every file that this process writes, for as long as it lives.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST_F(StoreTest, LosesNothingOnAFullDisk) {
  create("login");
  ASSERT_TRUE(ask(write(1, {row(1, "a")})));
  const std::string large(900'000, 'x');
  {
    const FullDisk full(200'000);
    EXPECT_EQ(ask(write(2, {row(2, large)})).error().code, base::Code::no_space);
    EXPECT_THAT(write_together({write(2, {row(2, large)}), write(2, {row(3, "small")})}),
                ElementsAre(base::Code::no_space, kDone));
    EXPECT_FALSE(ask(CreateCollection{{"new"}, {base::Bytes(250'000)}, {}, 1}));
    EXPECT_THAT(numbers(), ElementsAre(1, 3));
  }
  EXPECT_TRUE(ask(write(3, {row(4, large)})));
  restart();
  EXPECT_THAT(numbers(), ElementsAre(1, 3, 4));
  EXPECT_EQ(ask(ListCollections{})->collections.items.size(), 1u);
}

}  // namespace
}  // namespace broker
