// How the vault's collections change: writes, locks, new and removed ones.
#include <algorithm>

#include "base/log.h"
#include "vault/vault.h"

namespace vault {
namespace {

constexpr std::chrono::seconds kReloadAgain{1};

base::Failure<base::Error> no_collection() {
  return base::fail(base::Code::no_such_collection, "the collection does not exist");
}

base::Failure<base::Error> password_too_long() {
  return base::fail(base::Code::limits_exceeded, "a password may be at most 4096 bytes");
}

}  // namespace

// --- Writes -------------------------------------------------------------------------------------

void Vault::commit(CollectionId id, base::Result<store::Write> write, Done done) {
  if (!write) return done(base::fail(write.error()));
  Entry& entry = entries_.at(id);
  if (!entry.stored) return kept_session_.note(*write), done(base::Ok{});
  if (entry.broken) return done(base::fail(*entry.broken));
  ++entry.writing;
  around_.store.call(*std::move(write), [this, id, done = std::move(done)](auto reply) {
    const auto at = entries_.find(id);
    if (at == entries_.end()) return done(no_collection());
    Entry& written = at->second;
    --written.writing;
    // Writes that followed a failed one are refused by the store; their reason is the first one's.
    if (!reply && !written.broken) written.broken = reply.error();
    if (reply)
      done(base::Ok{});
    else
      written.refused.push_back(done);
    if (written.broken && written.writing == 0) reload(id);
  });
}

void Vault::read_back(CollectionId id, std::uint64_t number, Done done) {
  around_.store.call(
      store::LoadItems{{entries_.at(id).collection.name()}, number - 1},
      [this, id, done = std::move(done)](auto reply) {
        if (!reply) return done(base::fail(reply.error()));
        const Collection* collection = find(id);
        if (!collection) return done(no_collection());
        if (reply->rows.items.empty() || !collection->holds(reply->rows.items.front()))
          return done(base::fail(base::Code::conflict, "the item is not stored as it is served"));
        done(base::Ok{});
      });
}

// The failure is told when what is served is again what is stored.
void Vault::reload(CollectionId id) {
  load_collection(entries_.at(id).collection.name(), [this, id](auto fresh) {
    const auto at = entries_.find(id);
    if (at == entries_.end()) return;
    Entry& entry = at->second;
    if (!fresh) {
      base::log::error("collection '{}' cannot be read again: {}", entry.collection.name(),
                       fresh.error().what);
      around_.loop.after(kReloadAgain, [this, id] {
        if (entries_.contains(id)) reload(id);
      });
      return;
    }
    entry.collection.become(std::move(**fresh));
    const base::Error why = *std::exchange(entry.broken, std::nullopt);
    const auto refused = std::exchange(entry.refused, {});
    if (!entry.collection.is_locked()) {
      if (auto verified = entry.collection.verify(); !verified) {
        base::log::error("{}; it is locked", verified.error().what);
        lock(id);
      }
    }
    for (const Done& done : refused) done(base::fail(why));
  });
}

// --- Locks --------------------------------------------------------------------------------------

void Vault::lock(CollectionId id) {
  const auto at = entries_.find(id);
  if (at == entries_.end() || !at->second.stored || at->second.collection.is_locked()) return;
  at->second.collection.lock();
  base::log::info("collection '{}' is locked", at->second.collection.name());
  changed();
}

// After the locator key or search.locked changed: the items are found under the new key from now
// on.
void Vault::refresh_locators(CollectionId id) {
  Collection& collection = entries_.at(id).collection;
  const auto stale = collection.with_stale_locators();
  for (const std::uint64_t number : stale) {
    auto item = collection.open(number);
    if (!item) continue;
    commit(id, collection.replace(number, item->details, item->secret()), [](base::Outcome) {});
  }
}

// --- Collections --------------------------------------------------------------------------------

std::string Vault::free_name(const std::string& label) const {
  const std::string base = name_for(label);
  std::string name = base;
  for (unsigned n = 1; by_name(name) || being_made_.contains(name); ++n)
    name = base + "_" + std::to_string(n);
  return name;
}

void Vault::create(const std::string& label, SecretBytes password, Created done) {
  create_named(free_name(label), label, std::move(password), std::move(done));
}

void Vault::create_named(std::string name, const std::string& label, SecretBytes password,
                         Created done) {
  if (password.size() > kMaxPassword) return done(password_too_long());
  if (entries_.size() + being_made_.size() >= ipc::kMaxCollections)
    return done(base::fail(base::Code::limits_exceeded, "there are too many collections"));
  if (being_made_.contains(name))
    return done(base::fail(base::Code::busy, "a collection of this name is being made"));
  auto keys = CollectionKeys::random(around_.arena);
  if (!keys) return done(base::fail(keys.error()));

  being_made_.insert(name);
  done = [this, name, done = std::move(done)](base::Result<CollectionId> made) {
    being_made_.erase(name);
    done(std::move(made));
  };
  Header header;
  randombytes_buf(header.uuid.data(), header.uuid.size());
  header.label.value = label;
  header.created = header.modified = now();
  auto shared = std::make_shared<CollectionKeys>(*std::move(keys));
  derive_slot(std::move(password), [this, name = std::move(name), header = std::move(header),
                                    shared, done](base::Result<Wrapping*> derived) mutable {
    if (!derived) return done(base::fail(derived.error()));
    wrap(*shared, header.uuid, (*derived)->key, (*derived)->slot);
    header.slots.items.push_back((*derived)->slot);
    auto made = std::make_shared<Collection>(
        Collection::create(name, std::move(header), std::move(*shared),
                           {locator_key_.expose(), settings_.locked_search}, around_.arena));
    around_.store.call(made->first_record(), [this, made, done](auto reply) {
      if (!reply) return done(base::fail(reply.error()));
      const CollectionId id = adopt(std::move(*made), true);
      restore_session(id);
      changed();
      done(id);
    });
  });
}

void Vault::rename(CollectionId id, const std::string& label, Done done) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return done(no_collection());
  if (!at->second.stored)
    return done(base::fail(base::Code::not_supported, "the session collection has no label"));
  commit(id, at->second.collection.set_label(label, now()),
         [this, done = std::move(done)](base::Outcome outcome) {
           if (outcome) changed();
           done(std::move(outcome));
         });
}

void Vault::remove(CollectionId id, Done done) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return done(no_collection());
  if (!at->second.stored)
    return done(base::fail(base::Code::not_supported, "the session collection cannot be deleted"));
  around_.store.call(store::DeleteCollection{{at->second.collection.name()}},
                     [this, id, done = std::move(done)](auto reply) {
                       if (!reply) return done(base::fail(reply.error()));
                       auto gone = entries_.extract(id);
                       if (gone) abandon_attempts(gone.mapped());
                       changed();
                       done(base::Ok{});
                     });
}

void Vault::set_alias(const std::string& alias, std::optional<CollectionId> id, Done done) {
  if (alias != "default")
    return done(base::fail(base::Code::not_supported, "only the alias 'default' can be set"));
  store::SetAlias request{{alias}, {}};
  if (id) {
    const Collection* collection = find(*id);
    if (!collection) return done(no_collection());
    request.collection.value = ipc::CollectionName{collection->name()};
  }
  const std::string name = request.collection.value ? request.collection.value->value : "";
  around_.store.call(std::move(request), [this, alias, name, done = std::move(done)](auto reply) {
    if (!reply) return done(base::fail(reply.error()));
    aliases_[alias] = name;
    changed();
    done(base::Ok{});
  });
}

}  // namespace vault
