// A vault on a store in memory, over real channels, in one loop; and a client that speaks to it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "vault/connection.h"

namespace vault {

// Keeps what it is given, as the broker does; a test may alter it or make writes fail.
struct FakeStore {
  struct File {
    store::HeaderBytes header;
    store::ManifestBytes manifest;
    std::uint64_t generation = 0;
    std::map<std::uint64_t, store::Row> rows;
  };
  std::map<std::string, File> files;
  std::map<std::string, std::string> aliases;
  std::optional<base::Code> failing;  // every write fails with this
  bool hold = false;                  // writes wait in `held`
  bool forgetful = false;             // writes are acknowledged, and their rows lost
  std::vector<std::function<void()>> held;
  // Keyrings to be imported: each connection to a helper is what the next of these makes.
  std::vector<std::function<base::UniqueFd()>> helpers;
  std::vector<std::vector<store::Imported>> imports;  // as they were reported
  std::vector<store::Row> kept;        // of the session collection; a test may put in what it likes
  std::vector<std::uint64_t> changed;  // their numbers, each time that one came or went
  bool hold_kept = false;              // these requests wait in `held`

  void forget(std::uint64_t number) {
    std::erase_if(kept, [&](const auto& row) { return row.number == number; });
  }
  void on(store::KeepSessionRow request, ipc::Answer<store::KeepSessionRow> answer) {
    changed.push_back(request.row.number);
    auto shared = std::make_shared<ipc::Answer<store::KeepSessionRow>>(std::move(answer));
    const auto act = [this, shared, row = std::move(request.row)] {
      forget(row.number);
      if (failing) return (*shared)(base::fail(*failing, "the test says no"));
      kept.push_back(row);
      (*shared)(ipc::Nothing{});
    };
    if (hold_kept)
      held.push_back(act);
    else
      act();
  }
  void on(store::ForgetSessionRow request, ipc::Answer<store::ForgetSessionRow> answer) {
    changed.push_back(request.number);
    forget(request.number);
    answer(ipc::Nothing{});
  }
  void on(store::LoadSessionRows request, ipc::Answer<store::LoadSessionRows> answer) {
    store::LoadSessionRows::Reply reply;
    for (reply.last = request.after; reply.last < kept.size() && reply.rows.items.size() < 3;)
      reply.rows.items.push_back(kept[reply.last++]);
    reply.more = reply.last < kept.size();
    answer(std::move(reply));
  }

  void on(store::ReadKeyring request, ipc::Answer<store::ReadKeyring> answer) {
    if (request.file >= helpers.size())
      return answer(base::fail(base::Code::no_such_item, "no more"));
    answer(store::ReadKeyring::Reply{{helpers[request.file]()}});
  }
  void on(store::EndImport request, ipc::Answer<store::EndImport> answer) {
    imports.push_back(std::move(request.files.items));
    answer(ipc::Nothing{});
  }
  void on(store::Start, ipc::Answer<store::Start>) {}
  void on(store::Await, ipc::Answer<store::Await>) {}
  void on(store::ListCollections, ipc::Answer<store::ListCollections> answer) {
    store::ListCollections::Reply reply;
    for (const auto& [name, file] : files) reply.collections.items.push_back({name});
    for (const auto& [name, target] : aliases) reply.aliases.items.push_back({{name}, {target}});
    answer(std::move(reply));
  }
  void on(store::LoadCollection request, ipc::Answer<store::LoadCollection> answer) {
    const File& file = files.at(request.collection.value);
    answer(store::LoadCollection::Reply{file.header, file.manifest, file.generation});
  }
  void on(store::LoadItems request, ipc::Answer<store::LoadItems> answer) {
    store::LoadItems::Reply reply;
    const auto& rows = files.at(request.collection.value).rows;
    for (auto at = rows.upper_bound(request.after); at != rows.end(); ++at) {
      if (reply.rows.items.size() == 3) {  // small pages, so that paging is always used
        reply.more = true;
        break;
      }
      reply.rows.items.push_back(at->second);
    }
    answer(std::move(reply));
  }
  void on(store::Write request, ipc::Answer<store::Write> answer) {
    auto shared = std::make_shared<ipc::Answer<store::Write>>(std::move(answer));
    auto asked = std::make_shared<store::Write>(std::move(request));
    const auto act = [this, shared, asked] { apply(*asked, *shared); };
    if (hold)
      held.push_back(act);
    else
      act();
  }
  void apply(const store::Write& write, ipc::Answer<store::Write>& answer) {
    File& file = files.at(write.collection.value);
    if (failing) return answer(base::fail(*failing, "the test says no"));
    if (write.previous != file.generation)
      return answer(base::fail(base::Code::conflict, "not the stored state"));
    file.generation = write.generation;
    file.manifest = write.manifest;
    if (write.header.value) file.header = *write.header.value;
    for (const auto& row : write.put.items)
      if (!forgetful) file.rows[row.number] = row;
    for (const auto number : write.erase.items) file.rows.erase(number);
    answer(ipc::Nothing{});
  }
  void on(store::CreateCollection request, ipc::Answer<store::CreateCollection> answer) {
    files[request.collection.value] = {request.header, request.manifest, request.generation, {}};
    answer(ipc::Nothing{});
  }
  void on(store::DeleteCollection request, ipc::Answer<store::DeleteCollection> answer) {
    files.erase(request.collection.value);
    answer(ipc::Nothing{});
  }
  void on(store::SetAlias request, ipc::Answer<store::SetAlias> answer) {
    if (request.collection.value)
      aliases[request.alias.value] = request.collection.value->value;
    else
      aliases.erase(request.alias.value);
    answer(ipc::Nothing{});
  }
};

inline ipc::Attributes attributes(const std::map<std::string, std::string>& pairs) {
  ipc::Attributes out;
  for (const auto& [name, value] : pairs) out.items.push_back({{name}, {value}});
  return out;
}

class VaultTest : public testing::Test {
 protected:
  static constexpr wire::ClientId kClient{7};

  VaultTest() {
    EXPECT_GE(sodium_init(), 0);
    arena_ = *Arena::create(Arena::kDefaultSize);
    worker_ = *Worker::start(loop_);
    settings_.kdf_passes = 1;
    settings_.kdf_memory_kib = 8;
    start();
  }
  ~VaultTest() override { stop(); }

  // A new vault process on what is stored, and a new frontend with one plain session.
  void start() {
    auto to_store = ipc::make_socketpair();
    store_server_.emplace(loop_, std::move(to_store->second), store_, [](std::string) {});
    store_client_.emplace(loop_, std::move(to_store->first), [](std::string) {});
    auto key = SecretBytes::copy(*arena_, base::bytes_of("0123456789abcdef0123456789abcdef"));
    vault_.emplace(Surroundings{loop_,
                                *arena_,
                                *worker_,
                                *store_client_,
                                {},
                                &*handover_,
                                !store_.helpers.empty(),
                                import_patience_},
                   settings_, *std::move(key));
    bool loaded = false;
    vault_->load([&](base::Outcome outcome) { loaded = bool(outcome); });
    run_until([&] { return loaded; });
    connection_.emplace(*vault_);
    session_ = ask(wire::OpenSession{kClient, wire::Algorithm::plain, {}})->session;
  }
  void stop() {
    connection_.reset();
    vault_.reset();
    store_client_.reset();
    store_server_.reset();
  }
  void restart() {
    stop();
    start();
  }

  void run_until(const std::function<bool()>& condition) {
    for (int i = 0; i < 5000 && !condition(); ++i) loop_.run_once(std::chrono::milliseconds(2));
    ASSERT_TRUE(condition());
  }
  template <class M>
  base::Result<typename M::Reply> ask(M request) {
    std::optional<base::Result<typename M::Reply>> answer;
    send(std::move(request), [&](auto result) { answer.emplace(std::move(result)); });
    run_until([&] { return answer.has_value(); });
    return std::move(*answer);
  }
  template <class M, class F>
  void send(M request, F done) {
    connection_->on(std::move(request), ipc::Answer<M>(std::move(done)));
  }
  template <class M>
  base::Code refusal(M request) {
    const auto answer = ask(std::move(request));
    EXPECT_FALSE(answer);
    return answer ? base::Code{} : answer.error().code;
  }

  // True when the collection `login` was created or unlocked.
  bool log_in(const std::string& password) {
    std::optional<::login::Result> result;
    auto bytes = SecretBytes::copy(*arena_, base::bytes_of(password));
    vault_->login(*std::move(bytes), {.may_create = true, .vouched_for = true},
                  [&](::login::Result r) { result = r; });
    run_until([&] { return result.has_value(); });
    return result == ::login::Result::created || result == ::login::Result::unlocked;
  }
  CollectionId login() { return *vault_->by_name("login"); }

  wire::Secret plain(const std::string& text) {
    return {{}, {base::copy_of(base::bytes_of(text))}, {"text/plain"}};
  }
  // A password that came through the session.
  wire::PasswordId password(const std::string& text) {
    return ask(wire::ReceivePassword{kClient, session_, plain(text)})->id;
  }
  base::Outcome unlock(CollectionId id, const std::string& text) {
    const auto reply = ask(wire::Unlock{id, {password(text)}});
    return reply ? base::Outcome(base::Ok{}) : base::fail(reply.error());
  }
  base::Result<wire::CreateItem::Reply> create(const std::string& text,
                                               const std::map<std::string, std::string>& pairs,
                                               bool replace = false) {
    return ask(wire::CreateItem{
        kClient, session_, login(), {"label of " + text}, attributes(pairs), plain(text), replace});
  }
  std::string secret_of(wire::ItemId item) {
    auto reply = ask(wire::ReadSecret{kClient, session_, item});
    return reply ? std::string(base::text_of(reply->secret.value.value))
                 : "error: " + reply.error().what;
  }
  wire::SearchItems::Reply search(const std::map<std::string, std::string>& pairs) {
    return *ask(wire::SearchItems{{}, attributes(pairs)});
  }
  bool arena_contains(base::ByteView bytes) {
    const auto whole = arena_->whole();
    return std::search(whole.begin(), whole.end(), bytes.begin(), bytes.end()) != whole.end();
  }

  base::EventLoop loop_;
  FakeStore store_;
  store::Settings settings_;
  std::chrono::milliseconds import_patience_ = std::chrono::minutes{1};
  std::unique_ptr<Arena> arena_;
  std::unique_ptr<Worker> worker_;
  base::Result<Handover> handover_ = Handover::make();
  std::optional<ipc::Server<store::Protocol, FakeStore>> store_server_;
  std::optional<StoreClient> store_client_;
  std::optional<Vault> vault_;
  std::optional<Connection> connection_;
  wire::SessionId session_;
};

}  // namespace vault
