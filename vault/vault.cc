#include "vault/vault.h"

#include <ctime>

#include "base/log.h"

namespace vault {

std::uint64_t now() { return static_cast<std::uint64_t>(std::time(nullptr)); }

std::string name_for(const std::string& label) {
  std::string name;
  for (const char c : label) {
    const bool replaced = (c >= 0 && c <= ' ') || c == 0x7f ||
                          std::string_view(":/\\<>|").find(c) != std::string_view::npos;
    name += replaced ? '_' : c;
  }
  if (name.size() > 100) {
    std::size_t end = 100;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
    name.resize(end);
  }
  if (name.starts_with('.')) name.front() = '_';
  return name.empty() ? "unnamed" : name;
}

Vault::Vault(Surroundings around, store::Settings settings, SecretBytes locator_key)
    : around_(around),
      settings_(settings),
      locator_key_(std::move(locator_key)),
      pinentries_(around.loop, around.arena),
      kept_session_(around.store, around.arena, settings.keep_session) {}

void Vault::changed() {
  ++revision_;
  std::erase_if(listeners_, [](const auto& listener) { return listener.expired(); });
  const auto listeners = listeners_;
  for (const auto& weak : listeners)
    if (const auto listener = weak.lock()) (*listener)();
}

void Vault::items_came(CollectionId id) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return;
  ++at->second.arrivals;
  changed();
}

CollectionId Vault::adopt(Collection collection, bool stored) {
  const CollectionId id{++last_id_};
  entries_.emplace(id, Entry(std::move(collection), stored));
  return id;
}

// It is never locked, so its locators need no key but its own.
void Vault::add_session_collection() {
  auto keys = CollectionKeys::random(around_.arena);
  if (!keys) return base::log::error("there is no session collection: {}", keys.error().what);
  Header header;
  randombytes_buf(header.uuid.data(), header.uuid.size());
  session_ = adopt(Collection::create("session", std::move(header), *std::move(keys),
                                      {locator_key_.expose(), false}, around_.arena),
                   false);
}

void Vault::restore_session(CollectionId opened) {
  if (session_ && by_name("login") == opened &&
      kept_session_.login_is_open(entries_.at(opened).collection))
    ++entries_.at(*session_).arrivals;
}

// --- Loading ------------------------------------------------------------------------------------

void Vault::load(Done done) {
  add_session_collection();
  auto load_stored = [this, done = std::move(done)] {
    around_.store.call(store::ListCollections{}, [this, done](auto reply) {
      if (!reply) return done(base::fail(reply.error()));
      for (auto& alias : reply->aliases.items) aliases_[alias.name.value] = alias.collection.value;
      load_next(std::move(reply->collections.items), done);
    });
  };
  if (!session_) return load_stored();
  kept_session_.load(entries_.at(*session_).collection, std::move(load_stored));
}

void Vault::load_next(std::vector<ipc::CollectionName> names, Done done) {
  if (names.empty()) return open_passwordless(), changed(), done(base::Ok{});
  const std::string name = names.back().value;
  names.pop_back();
  auto next = [this, name, names = std::move(names),
               done = std::move(done)](base::Outcome loaded) mutable {
    if (!loaded) base::log::error("collection '{}' is left out: {}", name, loaded.error().what);
    load_next(std::move(names), std::move(done));
  };
  if (by_name(name)) return next(base::fail(base::Code::already_exists, "its name is taken"));
  load_collection(name, [this, next = std::move(next)](auto loaded) mutable {
    if (!loaded) return next(base::fail(loaded.error()));
    adopt(std::move(**loaded), true);
    next(base::Ok{});
  });
}

// A lock that everybody can open would only be in the way.
void Vault::open_passwordless() {
  for (const CollectionId id : collections())
    if (entries_.at(id).stored && entries_.at(id).collection.is_passwordless())
      unlock_passwordless(id, [](base::Outcome) {});
}

void Vault::load_collection(const std::string& name,
                            std::function<void(base::Result<std::shared_ptr<Collection>>)> done) {
  around_.store.call(
      store::LoadCollection{{name}}, [this, name, done = std::move(done)](auto reply) mutable {
        if (!reply) return done(base::fail(reply.error()));
        auto collection = std::make_shared<Collection>(
            name, Search{locator_key_.expose(), settings_.locked_search}, around_.arena);
        if (auto loaded = collection->load(*std::move(reply)); !loaded)
          return done(base::fail(loaded.error()));
        load_rows(collection, 0, [collection, done = std::move(done)](base::Outcome loaded) {
          if (!loaded) return done(base::fail(loaded.error()));
          done(collection);
        });
      });
}

void Vault::load_rows(std::shared_ptr<Collection> into, std::uint64_t after, Done done) {
  around_.store.call(
      store::LoadItems{{into->name()}, after},
      [this, into, after, done = std::move(done)](auto reply) mutable {
        if (!reply) return done(base::fail(reply.error()));
        std::uint64_t last = after;
        for (auto& row : reply->rows.items) {
          if (row.number <= last)
            return done(base::fail(base::Code::damaged, "its items come in no order"));
          last = row.number;
          if (auto added = into->add_row(std::move(row)); !added) return done(added);
        }
        if (!reply->more || last == after) return done(base::Ok{});
        load_rows(std::move(into), last, std::move(done));
      });
}

// --- What there is ------------------------------------------------------------------------------

std::vector<CollectionId> Vault::collections() const {
  std::vector<CollectionId> out;
  for (const auto& [id, entry] : entries_) out.push_back(id);
  return out;
}

Collection* Vault::find(CollectionId id) {
  const auto at = entries_.find(id);
  return at == entries_.end() ? nullptr : &at->second.collection;
}

std::optional<CollectionId> Vault::by_name(const std::string& name) const {
  for (const auto& [id, entry] : entries_)
    if (entry.collection.name() == name) return id;
  return std::nullopt;
}

wire::AwaitChange::Reply Vault::state() const {
  wire::AwaitChange::Reply state;
  state.revision = revision_;
  for (const auto& [id, entry] : entries_) {
    const Header& header = entry.collection.header();
    state.collections.items.push_back({id,
                                       {entry.collection.name()},
                                       header.label,
                                       entry.collection.is_locked(),
                                       entry.collection.is_passwordless(),
                                       awaits_old_password(id),
                                       header.created,
                                       header.modified,
                                       entry.arrivals});
  }
  for (const auto& [alias, name] : aliases()) state.aliases.items.push_back({{alias}, {name}});
  return state;
}

std::map<std::string, std::string> Vault::aliases() const {
  std::map<std::string, std::string> aliases{{"session", "session"}};
  if (by_name("login")) aliases["login"] = aliases["default"] = "login";
  for (const auto& [alias, name] : aliases_)
    if (by_name(name)) aliases[alias] = name;
  return aliases;
}

std::optional<CollectionId> Vault::by_alias(const std::string& alias) const {
  const auto known = aliases();
  const auto at = known.find(alias);
  return at == known.end() ? std::nullopt : by_name(at->second);
}

}  // namespace vault
