// The vault: all collections, whoever is connected. A plain object that needs no process around it.
#pragma once

#include <deque>
#include <set>

#include "base/event_loop.h"
#include "base/processors.h"
#include "ipc/client.h"
#include "ipc/login_protocol.h"
#include "vault/collection.h"
#include "vault/kept_session.h"
#include "vault/pinentry.h"
#include "vault/portal_secrets.h"
#include "vault/sessions.h"
#include "vault/worker.h"

namespace vault {

using CollectionId = wire::CollectionId;
using StoreClient = ipc::Client<store::Protocol>;

// What the vault works with; all of it outlives the vault.
struct Surroundings {
  base::EventLoop& loop;
  Arena& arena;
  Worker& worker;
  StoreClient& store;
  base::Processors processors{};  // read before the sandbox was closed
  Handover* handover = nullptr;   // none: no secrets for a portal
  bool import_due = false;        // store::Start
  std::chrono::milliseconds import_patience = std::chrono::minutes{2};  // for one file
};

class LoginImport;

class Vault {
 public:
  using Done = std::function<void(base::Outcome)>;
  using Created = std::function<void(base::Result<CollectionId>)>;
  using LoggedIn = std::function<void(login::Result)>;

  // `locator_key` is the installation's, 32 bytes.
  Vault(Surroundings around, store::Settings settings, SecretBytes locator_key);

  // Reads every collection from the store; a damaged one is named in the log and left out.
  void load(Done done);

  const store::Settings& settings() const { return settings_; }
  Arena& arena() { return around_.arena; }
  base::EventLoop& loop() { return around_.loop; }
  Worker& worker() { return around_.worker; }
  Pinentries& pinentries() { return pinentries_; }
  PortalSecrets& portal_secrets() { return portal_secrets_; }
  const base::Processors& processors() const { return around_.processors; }
  Handover* handover() { return around_.handover; }

  // What there is. The answer of a parked AwaitChange; parked() is told of each change.
  wire::AwaitChange::Reply state() const;
  std::uint64_t revision() const { return revision_; }
  std::vector<CollectionId> collections() const;
  // Null when there is none.
  Collection* find(CollectionId id);
  std::optional<CollectionId> by_name(const std::string& name) const;
  std::optional<CollectionId> by_alias(const std::string& alias) const;
  // False for the session collection, which goes with this process.
  bool is_stored(CollectionId id) const { return entries_.at(id).stored; }
  // Called after each change of state(), while it lives.
  void on_change(std::weak_ptr<std::function<void()>> listener) {
    listeners_.push_back(std::move(listener));
  }

  // Sends a change of the collection to the store; `done` when it is durable. After a failure the
  // collection is read again, so that what is served is what is stored.
  void commit(CollectionId id, base::Result<store::Write> write, Done done);
  // Reads an item of a stored collection from the store, after all that was committed; fails unless
  // it is what is served.
  void read_back(CollectionId id, std::uint64_t number, Done done);

  void lock(CollectionId id);
  // Repeated wrong passwords are answered more and more slowly.
  void unlock(CollectionId id, SecretBytes password, Done done);
  // Code::locked for a collection that has a password.
  void unlock_passwordless(CollectionId id, Done done);
  void check_password(CollectionId id, SecretBytes password, Done done);
  // `before` may be empty when the collection is passwordless. Leaves the collection unlocked.
  void change_password(CollectionId id, SecretBytes before, SecretBytes after, Done done);
  // A new collection, unlocked; its name comes from the label. The empty password makes a
  // passwordless one.
  void create(const std::string& label, SecretBytes password, Created done);
  void rename(CollectionId id, const std::string& label, Done done);
  void remove(CollectionId id, Done done);
  void set_alias(const std::string& alias, std::optional<CollectionId> id, Done done);
  // Items were added that no frontend asked for: it lists them again.
  void items_came(CollectionId id);
  // vault_login.cc
  struct Login {
    bool may_create = false;
    // The system took this password for right. When it is wrong for the collection `login`, it
    // waits until the collection is unlocked with its old one, and is put in its place.
    bool vouched_for = false;
  };
  // Opens the collection `login`, or creates it. A wrong password is told also when it is open.
  // After `done`, an import that is due begins: see login_import.h.
  void login(SecretBytes password, Login kind, LoggedIn done);
  // Changes the password of `login` and, after `done`, of every other collection that has the same
  // one. What was locked stays locked.
  void change_login(SecretBytes before, SecretBytes after, LoggedIn done);
  bool awaits_old_password(CollectionId id) const {
    return login_password_.size() > 0 && by_name("login") == id;
  }

 private:
  struct Attempt;
  // A slot without its wrapped key, and the key to wrap it with.
  struct Wrapping {
    SecretBytes password;
    KeySlot slot;
    SecretBytes key;
    base::Outcome derived = base::Ok{};
  };
  using Opened = std::function<void(base::Result<CollectionKeys>)>;
  struct Entry {
    Entry(Collection taken, bool is_stored) : collection(std::move(taken)), stored(is_stored) {}
    Collection collection;
    bool stored;                 // false: the session collection
    std::uint32_t arrivals = 0;  // wire::CollectionInfo
    std::size_t writing = 0;
    std::optional<base::Error> broken;  // a write failed: loaded again when none is in flight
    std::vector<Done> refused;          // told so when that is done
    std::deque<std::shared_ptr<Attempt>> attempts;  // one after the other; the first is under way
    unsigned wrong_passwords = 0;
    base::EventLoop::Clock::time_point next_attempt{};
  };

  CollectionId adopt(Collection collection, bool stored);
  void add_session_collection();
  // Now that this is open: if it is `login`, the session items that were kept come back.
  void restore_session(CollectionId opened);
  void open_passwordless();
  void load_next(std::vector<ipc::CollectionName> names, Done done);
  void load_collection(const std::string& name,
                       std::function<void(base::Result<std::shared_ptr<Collection>>)> done);
  void load_rows(std::shared_ptr<Collection> into, std::uint64_t after, Done done);
  void reload(CollectionId id);
  // The collection's keys for one password; attempts take turns, wrong ones cost time.
  void try_password(CollectionId id, SecretBytes password, Opened opened);
  void next_attempt(CollectionId id);
  void start_attempt(std::shared_ptr<Attempt> attempt);
  void end_attempt(const std::shared_ptr<Attempt>& attempt);
  static void abandon_attempts(Entry& entry);
  base::Outcome open(CollectionId id, CollectionKeys keys);
  // A new slot for `password`, derived on the worker; `done` on the loop.
  void derive_slot(SecretBytes password, std::function<void(base::Result<Wrapping*>)> done);
  // The open collection's slot, for a password that was checked or chosen.
  void replace_password(CollectionId id, SecretBytes password, Done done);
  void change_quietly(CollectionId id, SecretBytes before, SecretBytes after, Done done);
  void let_follow(CollectionId id, const std::pair<SecretBytes, SecretBytes>& passwords);
  void remember_login(SecretBytes password);
  void follow_login(CollectionId id);
  // `done`, and after a good login the import with its password.
  LoggedIn and_import(const SecretBytes& password, LoggedIn done);
  void refresh_locators(CollectionId id);
  void create_named(std::string name, const std::string& label, SecretBytes password, Created done);
  std::string free_name(const std::string& label) const;
  std::map<std::string, std::string> aliases() const;  // alias -> collection, all that hold
  void changed();

  Surroundings around_;
  store::Settings settings_;
  SecretBytes locator_key_;
  Pinentries pinentries_;
  SecretBytes login_password_;           // of a login that was vouched for, and not yet of `login`
  std::shared_ptr<LoginImport> import_;  // the last one
  PortalSecrets portal_secrets_{*this};
  std::map<CollectionId, Entry> entries_;
  std::optional<CollectionId> session_;  // the session collection
  KeptSession kept_session_;
  std::map<std::string, std::string> aliases_;  // as stored
  std::set<std::string> being_made_;            // names of collections that do not exist yet
  std::uint32_t last_id_ = 0;
  std::uint64_t revision_ = 1;
  std::vector<std::weak_ptr<std::function<void()>>> listeners_;
};

// Seconds since the epoch.
std::uint64_t now();
// A collection's name for a label: what file names and object paths can carry.
std::string name_for(const std::string& label);

}  // namespace vault
