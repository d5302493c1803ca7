// Passwords: trying them against a collection's key slots, and putting new ones in.
#include <algorithm>

#include "base/log.h"
#include "vault/vault.h"

namespace vault {
namespace {

constexpr unsigned kFreeAttempts = 3;  // wrong passwords without a delay
constexpr std::chrono::seconds kLongestDelay{30};
constexpr std::size_t kMaxAttempts = 16;  // waiting, for one collection

base::Failure<base::Error> no_collection() {
  return base::fail(base::Code::no_such_collection, "the collection does not exist");
}

base::Failure<base::Error> password_too_long() {
  return base::fail(base::Code::limits_exceeded, "a password may be at most 4096 bytes");
}

base::Failure<base::Error> too_many() {
  return base::fail(base::Code::busy, "too many passwords are being tried; try again");
}

std::chrono::seconds delay_after(unsigned wrong_passwords) {
  if (wrong_passwords < kFreeAttempts) return {};
  const unsigned doublings = std::min(wrong_passwords - kFreeAttempts, 5U);
  return std::min(std::chrono::seconds{1U << doublings}, kLongestDelay);
}

}  // namespace

// One password against all slots of one collection.
struct Vault::Attempt {
  CollectionId collection;
  Uuid uuid{};
  std::vector<KeySlot> slots;
  SecretBytes password;
  Opened opened;
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

void Vault::try_password(CollectionId id, SecretBytes password, Opened opened) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return opened(no_collection());
  if (password.size() > kMaxPassword) return opened(password_too_long());
  if (at->second.attempts.size() >= kMaxAttempts) return opened(too_many());
  const Header& header = at->second.collection.header();
  auto attempt = std::make_shared<Attempt>();
  attempt->collection = id;
  attempt->uuid = header.uuid;
  attempt->slots = header.slots.items;
  attempt->password = std::move(password);
  attempt->opened = std::move(opened);
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
                         [this, attempt] { end_attempt(attempt); });
  if (queued) return;
  attempt->keys = too_many();
  end_attempt(attempt);
}

void Vault::end_attempt(const std::shared_ptr<Attempt>& attempt) {
  if (const auto at = entries_.find(attempt->collection); at != entries_.end()) {
    Entry& entry = at->second;
    if (attempt->keys)
      entry.wrong_passwords = 0;
    else if (attempt->keys.error().code == base::Code::wrong_password)
      entry.next_attempt = base::EventLoop::Clock::now() + delay_after(++entry.wrong_passwords);
    entry.attempts.pop_front();
    next_attempt(attempt->collection);
  }
  // Told already when the collection was deleted in the meantime.
  if (const auto opened = std::exchange(attempt->opened, nullptr)) opened(std::move(attempt->keys));
}

void Vault::abandon_attempts(Entry& entry) {
  for (const auto& attempt : entry.attempts)
    if (const auto opened = std::exchange(attempt->opened, nullptr)) opened(no_collection());
}

base::Outcome Vault::open(CollectionId id, CollectionKeys keys) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return no_collection();
  Collection& collection = at->second.collection;
  if (!collection.is_locked()) return base::Ok{};
  if (auto unlocked = collection.unlock(std::move(keys)); !unlocked) {
    base::log::error("{}", unlocked.error().what);
    return unlocked;
  }
  base::log::info("collection '{}' is unlocked", collection.name());
  refresh_locators(id);
  restore_session(id);
  changed();
  return base::Ok{};
}

void Vault::unlock(CollectionId id, SecretBytes password, Done done) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return done(no_collection());
  if (!at->second.collection.is_locked()) return done(base::Ok{});
  try_password(id, std::move(password), [this, id, done = std::move(done)](auto keys) {
    // Somebody else may have been first.
    const Collection* collection = find(id);
    if (collection && !collection->is_locked()) return done(base::Ok{});
    const base::Outcome opened = keys ? open(id, *std::move(keys)) : base::fail(keys.error());
    if (opened) follow_login(id);
    done(opened);
  });
}

// On the loop: an open slot needs no derivation.
void Vault::unlock_passwordless(CollectionId id, Done done) {
  Collection* collection = find(id);
  if (!collection) return done(no_collection());
  if (!collection->is_locked()) return done(base::Ok{});
  const Header& header = collection->header();
  for (const KeySlot& slot : header.slots.items) {
    if (slot.type != SlotType::open) continue;
    auto slot_key = derive_slot_key(slot, SecretBytes(), around_.arena);
    auto keys = slot_key ? unwrap(slot, header.uuid, *slot_key, around_.arena)
                         : base::fail(slot_key.error());
    if (keys) return done(open(id, *std::move(keys)));
  }
  done(base::fail(base::Code::locked, "the collection has a password"));
}

void Vault::derive_slot(SecretBytes password, std::function<void(base::Result<Wrapping*>)> done) {
  auto wrapping = std::make_shared<Wrapping>();
  wrapping->slot = new_slot(1, password, {settings_.kdf_passes, settings_.kdf_memory_kib});
  wrapping->password = std::move(password);
  const auto derive = [wrapping, &arena = around_.arena] {
    auto key = derive_slot_key(wrapping->slot, wrapping->password, arena);
    wrapping->password = SecretBytes();
    if (key)
      wrapping->key = *std::move(key);
    else
      wrapping->derived = base::fail(key.error());
    sodium_stackzero(32 * 1024);
  };
  const auto finish = [wrapping, done] {
    if (wrapping->derived)
      done(wrapping.get());
    else
      done(base::fail(wrapping->derived.error()));
  };
  if (!around_.worker.run(derive, finish)) done(too_many());
}

void Vault::check_password(CollectionId id, SecretBytes password, Done done) {
  try_password(id, std::move(password), [done = std::move(done)](auto keys) {
    done(keys ? base::Outcome(base::Ok{}) : base::fail(keys.error()));
  });
}

void Vault::change_password(CollectionId id, SecretBytes before, SecretBytes after, Done done) {
  if (after.size() > kMaxPassword) return done(password_too_long());
  const auto at = entries_.find(id);
  if (at == entries_.end()) return done(no_collection());
  if (!at->second.stored)
    return done(base::fail(base::Code::not_supported, "the session collection has no password"));
  auto shared = std::make_shared<SecretBytes>(std::move(after));
  try_password(id, std::move(before), [this, id, shared, done = std::move(done)](auto keys) {
    if (!keys) return done(base::fail(keys.error()));
    if (auto opened = open(id, *std::move(keys)); !opened) return done(opened);
    if (by_name("login") == id) remember_login(SecretBytes());
    replace_password(id, std::move(*shared), done);
  });
}

void Vault::replace_password(CollectionId id, SecretBytes password, Done done) {
  derive_slot(
      std::move(password), [this, id, done = std::move(done)](base::Result<Wrapping*> derived) {
        if (!derived) return done(base::fail(derived.error()));
        Collection* collection = find(id);
        if (!collection) return done(no_collection());
        commit(id, collection->set_slot((*derived)->slot, (*derived)->key, now()),
               [this, id, done](base::Outcome outcome) {
                 if (const Collection* changed_one = outcome ? find(id) : nullptr) {
                   base::log::info("collection '{}' has a new password", changed_one->name());
                   changed();
                 }
                 done(std::move(outcome));
               });
      });
}

}  // namespace vault
