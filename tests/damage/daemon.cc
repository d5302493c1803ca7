#include "tests/damage/daemon.h"

namespace damage {

using namespace ipc::vault;

Daemon::Daemon(Surroundings& around, const std::string& folder)
    : around_(around), store_(broker::Store::open(around.loop, folder)) {
  auto sockets = *ipc::make_socketpair();
  handler_.emplace(Handler{*store_});
  server_.emplace(around_.loop, std::move(sockets.second), *handler_, [](const std::string&) {});
  to_store_.emplace(around_.loop, std::move(sockets.first), [](const std::string&) {});
  vault_.emplace(vault::Surroundings{around_.loop, *around_.arena, *around_.worker, *to_store_},
                 ipc::store::Settings{1, 8, true, true}, secret(std::string(32, 'k')));
  std::optional<base::Outcome> loaded;
  vault_->load([&](base::Outcome outcome) { loaded.emplace(std::move(outcome)); });
  static_cast<void>(wait_for(loaded));
  client_.emplace(*vault_);
  session_ = ask(OpenSession{kClient, Algorithm::plain, {}})->session;
}

base::Outcome Daemon::log_in(const std::string& password) {
  if (vault_->by_name("login")) return unlock("login", password);
  return create_collection("login", password);
}

base::Outcome Daemon::create_collection(const std::string& label, const std::string& password) {
  std::optional<base::Outcome> outcome;
  vault_->create(label, secret(password), [&](auto made) {
    outcome.emplace(made ? base::Outcome(base::Ok{}) : base::fail(made.error()));
  });
  return wait_for(outcome);
}

base::Outcome Daemon::unlock(const std::string& collection, const std::string& password) {
  const auto id = vault_->by_name(collection);
  if (!id) return base::fail(base::Code::no_such_collection, collection);
  std::optional<base::Outcome> outcome;
  vault_->unlock(*id, secret(password),
                 [&](base::Outcome done) { outcome.emplace(std::move(done)); });
  return wait_for(outcome);
}

base::Outcome Daemon::create_item(const std::string& collection, const std::string& text) {
  const auto id = vault_->by_name(collection);
  if (!id) return base::fail(base::Code::no_such_collection, collection);
  ipc::Attributes attributes;
  attributes.items.push_back({{"text"}, {text}});
  auto made = ask(CreateItem{kClient,
                             session_,
                             *id,
                             {"label of " + text},
                             std::move(attributes),
                             {{}, {base::copy_of(base::bytes_of(text))}, {"text/plain"}},
                             false});
  return made ? base::Outcome(base::Ok{}) : base::fail(made.error());
}

std::map<std::string, std::string> Daemon::items(const std::string& collection) {
  std::map<std::string, std::string> found;
  const auto id = vault_->by_name(collection);
  auto list = id ? ask(ListItems{*id}) : base::fail(base::Code::no_such_collection, collection);
  if (!list) return found;
  for (const std::uint64_t number : list->items.items) {
    auto item = ask(ReadItem{{*id, number}});
    auto text = ask(ReadSecret{kClient, session_, {*id, number}});
    if (item && text) found[item->label.value] = base::text_of(text->secret.value.value);
  }
  return found;
}

}  // namespace damage
