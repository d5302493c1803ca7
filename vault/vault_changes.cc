// How the vault's collections change: writes, locks, unlocks, new and removed ones.
#include <algorithm>

#include "base/log.h"
#include "vault/vault.h"

namespace vault {
namespace {

constexpr unsigned kFreeAttempts = 3;  // wrong passwords without a delay
constexpr std::chrono::seconds kLongestDelay{30};
constexpr std::chrono::seconds kReloadAgain{1};
constexpr std::size_t kMaxAttempts = 16;  // waiting, for one collection

base::Failure<base::Error> no_collection() {
  return base::fail(base::Code::no_such_collection, "the collection does not exist");
}

base::Failure<base::Error> password_too_long() {
  return base::fail(base::Code::limits_exceeded, "a password may be at most 4096 bytes");
}

std::chrono::seconds delay_after(unsigned wrong_passwords) {
  if (wrong_passwords < kFreeAttempts) return {};
  const unsigned doublings = std::min(wrong_passwords - kFreeAttempts, 5U);
  return std::min(std::chrono::seconds{1U << doublings}, kLongestDelay);
}

}  // namespace

// --- Writes -------------------------------------------------------------------------------------

void Vault::commit(CollectionId id, base::Result<store::Write> write, Done done) {
  if (!write) return done(base::fail(write.error()));
  Entry& entry = entries_.at(id);
  if (!entry.stored) return done(base::Ok{});
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

// One password against all slots of one collection.
struct Vault::Attempt {
  CollectionId collection;
  Uuid uuid{};
  std::vector<KeySlot> slots;
  SecretBytes password;
  Done done;
  base::Result<CollectionKeys> keys = base::fail(base::Code::wrong_password, "wrong password");

  // On the worker's thread.
  void derive(Arena& arena) {
    for (const KeySlot& slot : slots) {
      auto slot_key = derive_slot_key(slot, password, arena);
      keys = slot_key ? unwrap(slot, uuid, *slot_key, arena) : base::fail(slot_key.error());
      if (keys) break;
    }
    password = SecretBytes();
    sodium_stackzero(32 * 1024);
  }
};

void Vault::unlock(CollectionId id, SecretBytes password, Done done) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return done(no_collection());
  if (!at->second.collection.is_locked()) return done(base::Ok{});
  if (password.size() > kMaxPassword) return done(password_too_long());
  if (at->second.attempts.size() >= kMaxAttempts)
    return done(base::fail(base::Code::busy, "too many passwords are being tried; try again"));
  const Header& header = at->second.collection.header();
  auto attempt = std::make_shared<Attempt>();
  attempt->collection = id;
  attempt->uuid = header.uuid;
  attempt->slots = header.slots.items;
  attempt->password = std::move(password);
  attempt->done = std::move(done);
  at->second.attempts.push_back(std::move(attempt));
  if (at->second.attempts.size() == 1) next_attempt(id);
}

// One after the other: passwords that are sent together gain nothing on the delays.
void Vault::next_attempt(CollectionId id) {
  const auto at = entries_.find(id);
  if (at == entries_.end() || at->second.attempts.empty()) return;
  const auto attempt = at->second.attempts.front();
  const auto wait = at->second.next_attempt - base::EventLoop::Clock::now();
  if (wait <= wait.zero()) return start_attempt(attempt);
  around_.loop.after(std::chrono::ceil<std::chrono::milliseconds>(wait),
                     [this, id] { next_attempt(id); });
}

void Vault::start_attempt(std::shared_ptr<Attempt> attempt) {
  const bool queued =
      around_.worker.run([attempt, &arena = around_.arena] { attempt->derive(arena); },
                         [this, attempt] { end_attempt(attempt, finish_attempt(*attempt)); });
  if (!queued)
    end_attempt(attempt,
                base::fail(base::Code::busy, "too many passwords are being tried; try again"));
}

void Vault::end_attempt(std::shared_ptr<Attempt> attempt, base::Outcome outcome) {
  if (const auto at = entries_.find(attempt->collection); at != entries_.end()) {
    at->second.attempts.pop_front();
    next_attempt(attempt->collection);
  }
  // Told already when the collection was deleted in the meantime.
  if (const auto done = std::exchange(attempt->done, nullptr)) done(std::move(outcome));
}

base::Outcome Vault::finish_attempt(Attempt& attempt) {
  const auto at = entries_.find(attempt.collection);
  if (at == entries_.end()) return no_collection();
  Entry& entry = at->second;
  if (!entry.collection.is_locked()) return base::Ok{};
  if (!attempt.keys) {
    if (attempt.keys.error().code == base::Code::wrong_password)
      entry.next_attempt = base::EventLoop::Clock::now() + delay_after(++entry.wrong_passwords);
    return base::fail(attempt.keys.error());
  }
  entry.wrong_passwords = 0;
  if (auto unlocked = entry.collection.unlock(*std::move(attempt.keys)); !unlocked) {
    base::log::error("{}", unlocked.error().what);
    return unlocked;
  }
  base::log::info("collection '{}' is unlocked", entry.collection.name());
  refresh_locators(attempt.collection);
  changed();
  return base::Ok{};
}

// After the locator key or search.locked changed: the items are found under the new key from now
// on.
void Vault::refresh_locators(CollectionId id) {
  Collection& collection = entries_.at(id).collection;
  for (const std::uint64_t number : collection.with_stale_locators()) {
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

  struct Making {
    Making(SecretBytes from, CollectionKeys made)
        : password(std::move(from)), keys(std::move(made)) {}
    SecretBytes password;
    CollectionKeys keys;
    Header header;
    KeySlot slot;
    base::Outcome wrapped = base::Ok{};
  };
  auto making = std::make_shared<Making>(std::move(password), *std::move(keys));
  randombytes_buf(making->header.uuid.data(), making->header.uuid.size());
  making->header.label.value = label;
  making->header.created = making->header.modified = now();
  making->slot = new_slot(1, {settings_.kdf_passes, settings_.kdf_memory_kib});

  being_made_.insert(name);
  done = [this, name, done = std::move(done)](base::Result<CollectionId> made) {
    being_made_.erase(name);
    done(std::move(made));
  };

  const auto derive = [making, &arena = around_.arena] {
    auto slot_key = derive_slot_key(making->slot, making->password, arena);
    if (slot_key)
      wrap(making->keys, making->header.uuid, *slot_key, making->slot);
    else
      making->wrapped = base::fail(slot_key.error());
    making->password = SecretBytes();
  };
  auto finish = [this, making, name = std::move(name), done] {
    if (!making->wrapped) return done(base::fail(making->wrapped.error()));
    making->header.slots.items.push_back(making->slot);
    auto made = std::make_shared<Collection>(
        Collection::create(name, std::move(making->header), std::move(making->keys),
                           {locator_key_.expose(), settings_.locked_search}, around_.arena));
    around_.store.call(made->first_record(), [this, made, done](auto reply) {
      if (!reply) return done(base::fail(reply.error()));
      const CollectionId id = adopt(std::move(*made), true);
      changed();
      done(id);
    });
  };
  if (!around_.worker.run(derive, std::move(finish)))
    done(base::fail(base::Code::busy, "too many passwords are being tried; try again"));
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
                       const auto gone = entries_.extract(id);
                       if (gone)
                         for (const auto& attempt : gone.mapped().attempts)
                           if (const auto waiting = std::exchange(attempt->done, nullptr))
                             waiting(no_collection());
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

void Vault::login(SecretBytes password, Done done) {
  if (const auto id = by_name("login")) return unlock(*id, std::move(password), std::move(done));
  create_named("login", "Login", std::move(password), [done = std::move(done)](auto created) {
    if (created)
      done(base::Ok{});
    else
      done(base::fail(created.error()));
  });
}

}  // namespace vault
