// The password of the login, and the collections that share it.
#include "base/log.h"
#include "vault/login_import.h"

namespace vault {
namespace {

using login::Result;

Result result_of(const base::Error& error) {
  switch (error.code) {
    case base::Code::wrong_password:
      base::log::warning("login: wrong password for collection 'login'; nothing is changed");
      return Result::wrong_password;
    case base::Code::no_such_collection:
      return Result::no_collection;
    case base::Code::busy:
      base::log::warning("login: {}", error.what);
      return Result::busy;
    default:
      base::log::error("login: collection 'login' is as it was: {}", error.what);
      return Result::failed;
  }
}

}  // namespace

void Vault::login(SecretBytes password, Login kind, LoggedIn done) {
  const auto id = by_name("login");
  if (!id && !kind.may_create) return done(Result::no_collection);
  done = and_import(password, std::move(done));
  if (!id) {
    return create_named("login", "Login", std::move(password), [done](auto created) {
      if (!created) return done(result_of(created.error()));
      base::log::notice("login: collection 'login' is made, and unlocked");
      done(Result::created);
    });
  }
  auto copy = std::make_shared<SecretBytes>();
  if (kind.vouched_for)
    if (auto made = SecretBytes::copy(around_.arena, password.expose())) *copy = *std::move(made);
  try_password(*id, std::move(password), [this, id = *id, copy, done](auto keys) {
    const base::Outcome opened = keys ? open(id, *std::move(keys)) : base::fail(keys.error());
    if (opened) base::log::notice("login: collection 'login' is unlocked");
    if (opened || opened.error().code == base::Code::wrong_password)
      remember_login(opened ? SecretBytes() : std::move(*copy));
    done(opened ? Result::unlocked : result_of(opened.error()));
  });
}

Vault::LoggedIn Vault::and_import(const SecretBytes& password, LoggedIn done) {
  const bool is_free = !import_ || import_->is_over();
  auto copy = around_.import_due && is_free ? SecretBytes::copy(around_.arena, password.expose())
                                            : base::Result<SecretBytes>(SecretBytes());
  if (!copy || copy->size() == 0) return done;
  auto shared = std::make_shared<SecretBytes>(*std::move(copy));
  return [this, shared, done = std::move(done)](Result result) {
    done(result);
    const auto into = by_name("login");
    if (!into || (result != Result::created && result != Result::unlocked)) return;
    if (import_ && !import_->is_over()) return;
    import_ = LoginImport::start(*this, around_.store, *into, std::move(*shared),
                                 {around_.import_patience}, [this] { around_.import_due = false; });
  };
}

void Vault::remember_login(SecretBytes password) {
  const bool was_waiting = login_password_.size() > 0;
  login_password_ = std::move(password);
  if (was_waiting != (login_password_.size() > 0)) changed();
}

// The old password has just opened it: from now on the login's does.
void Vault::follow_login(CollectionId id) {
  if (login_password_.size() == 0 || by_name("login") != id) return;
  replace_password(id, std::exchange(login_password_, SecretBytes()), [](base::Outcome outcome) {
    if (!outcome)
      base::log::error("collection 'login' keeps its old password: {}", outcome.error().what);
  });
}

void Vault::change_login(SecretBytes before, SecretBytes after, LoggedIn done) {
  const auto id = by_name("login");
  if (!id) return done(Result::no_collection);
  if (find(*id)->is_passwordless()) return done(Result::unlocked);  // somebody wanted it that way
  auto old_copy = SecretBytes::copy(around_.arena, before.expose());
  auto new_copy = SecretBytes::copy(around_.arena, after.expose());
  if (!old_copy || !new_copy) return done(Result::failed);
  auto both = std::make_shared<std::pair<SecretBytes, SecretBytes>>(*std::move(old_copy),
                                                                    *std::move(new_copy));
  change_quietly(*id, std::move(before), std::move(after),
                 [this, both, done](base::Outcome changed) {
                   if (!changed) return done(result_of(changed.error()));
                   done(Result::changed);
                   for (const auto& [other, entry] : entries_)
                     if (entry.stored && !entry.collection.is_passwordless() &&
                         entry.collection.name() != "login")
                       let_follow(other, *both);
                 });
}

// A collection that has another password stays as it is.
void Vault::let_follow(CollectionId id, const std::pair<SecretBytes, SecretBytes>& passwords) {
  auto before = SecretBytes::copy(around_.arena, passwords.first.expose());
  auto after = SecretBytes::copy(around_.arena, passwords.second.expose());
  if (!before || !after) return;
  change_quietly(id, *std::move(before), *std::move(after), [this, id](base::Outcome changed) {
    if (const Collection* collection = find(id); changed && collection)
      base::log::notice("collection '{}' had the login's password, and follows it",
                        collection->name());
  });
}

// Leaves it locked when it was.
void Vault::change_quietly(CollectionId id, SecretBytes before, SecretBytes after, Done done) {
  const Collection* collection = find(id);
  const bool was_locked = collection && collection->is_locked();
  change_password(id, std::move(before), std::move(after),
                  [this, id, was_locked, done = std::move(done)](base::Outcome outcome) {
                    if (was_locked) lock(id);
                    done(std::move(outcome));
                  });
}

}  // namespace vault
