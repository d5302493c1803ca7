// One collection: its items sealed, its index, and, while it is unlocked, its keys.
#pragma once

#include <map>
#include <optional>

#include "ipc/store_protocol.h"
#include "vault/directory.h"
#include "vault/index.h"
#include "vault/locators.h"
#include "vault/sealed_item.h"
#include "vault/set_hash.h"

namespace vault {

namespace store = ipc::store;

// Where a collection's locators come from.
struct Search {
  base::ByteView locator_key;  // of the installation
  bool locked = true;  // search.locked: locators under that key, so that locked search works
};

class Collection {
 public:
  using Numbers = std::vector<std::uint64_t>;

  // As it was loaded: locked, its rows to be added.
  Collection(std::string name, const Search& search, Arena& arena)
      : name_(std::move(name)), search_(search), arena_(arena) {}
  // Takes a stored state in; Code::damaged when the header cannot be read. Rows follow by add_row.
  base::Outcome load(store::LoadCollection::Reply stored);
  // Code::limits_exceeded when there are more rows than a collection may have.
  base::Outcome add_row(store::Row row);
  // Takes over the state that was loaded into `stored`, but keeps the keys.
  void become(Collection stored);

  // A new one with these keys, unlocked; first_record() is what to store of it.
  static Collection create(std::string name, Header header, CollectionKeys keys,
                           const Search& search, Arena& arena);
  store::CreateCollection first_record() const;

  const std::string& name() const { return name_; }
  const Header& header() const { return header_; }
  bool is_locked() const { return !keys_; }
  // Opens without a password.
  bool is_passwordless() const;
  Numbers numbers() const;
  bool has(std::uint64_t number) const { return items_.contains(number); }

  // Checks header, manifest, directory and every item under `keys`, names what is wrong in the log,
  // leaves out what is not what it should be, and unlocks. Code::limits_exceeded when the arena has
  // no room to look into an item, which says nothing about the item.
  base::Outcome unlock(CollectionKeys keys);
  // The same check after the rows were loaded again while unlocked.
  base::Outcome verify();
  void lock() { keys_.reset(); }

  // Most recently written first. Empty when locked and search.locked is off.
  Numbers search(const ipc::Attributes& attributes) const;
  // Whether an item that seems to have these attributes was left out at the last check.
  bool has_left_out(const ipc::Attributes& attributes) const;
  // The item with exactly these attributes (at least one), the most recent if there are several.
  std::optional<std::uint64_t> find_equal(const ipc::Attributes& attributes) const;
  // Items whose locators were made under another key than the present one, oldest first: as the
  // last check found them.
  const Numbers& with_stale_locators() const { return stale_; }

  // Whether a row of the store is what is served here.
  bool holds(const store::Row& row) const {
    const auto at = items_.find(row.number);
    return at != items_.end() && at->second.version == row.version &&
           at->second.stored_locators == row.locators.value && at->second.box == row.box.value;
  }
  // Code::locked, Code::no_such_item, Code::damaged.
  base::Result<OpenedItem> open(std::uint64_t number) const;

  // Each applies the change here and returns the write that makes it durable. Code::damaged when
  // what would be vouched for anew was altered: set_slot() accepts it as it is.
  base::Result<std::pair<std::uint64_t, store::Write>> add(ItemDetails details,
                                                           base::ByteView secret);
  // With a number of the caller's choice: Code::already_exists when it is taken.
  base::Result<store::Write> add_as(std::uint64_t number, const ItemDetails& details,
                                    base::ByteView secret);
  base::Result<store::Write> replace(std::uint64_t number, const ItemDetails& details,
                                     base::ByteView secret);
  base::Result<store::Write> erase(std::uint64_t number);
  base::Result<store::Write> set_label(const std::string& label, std::uint64_t now);
  // The collection's key, wrapped into `slot` by `slot_key`, which from now on alone opens it.
  base::Result<store::Write> set_slot(KeySlot slot, const SecretBytes& slot_key, std::uint64_t now);

  // How the session collection goes on as one from before; see kept_session.h. collection_kept.cc
  // The key of `login` for it; Code::locked.
  base::Result<SecretBytes> key_for_session() const;
  // This open one's key, wrapped by that one.
  KeptKey wrapped_key(const SecretBytes& wrapping) const;
  // No item gets this number, or a smaller one, by add().
  void reserve(std::uint64_t number);
  // One of the same name, open, with another identity and other keys.
  Collection empty_with(const Uuid& uuid, CollectionKeys keys) const;
  // An item that is held here, as it is stored.
  std::optional<store::Row> row(std::uint64_t number) const;
  // Takes in an item that these keys sealed. Code::damaged when it is not one, or its number is
  // taken.
  base::Outcome restore(store::Row row);
  // Takes over everything of the other one.
  void go_on_as(Collection other);

 private:
  struct Item {
    std::uint64_t version = 0;
    std::vector<Locator> locators;
    base::Bytes stored_locators;
    base::Bytes box;
  };
  // What is still known of an item that is not served.
  struct LeftOut {
    std::uint64_t version = 0;
    std::vector<Locator> locators;  // as stored: hints, and no more
  };
  base::ByteView locator_key() const;
  ItemPlace place_of(std::uint64_t number, const Item& item) const;
  void insert(std::uint64_t number, Item item);
  void drop(std::uint64_t number);
  void check_header_and_manifest();
  base::Outcome check_items();
  void check_directory();
  void name_differences(std::uint64_t count);
  // What is wrong with this item, by its page of the directory; null when nothing is.
  const char* judge(std::uint64_t number, const std::optional<Directory::Versions>& page) const;
  void leave_out(std::uint64_t number, const char* why);
  std::uint64_t listed_version(std::uint32_t page) const;
  // The numbers and versions of the page's items, as they are held here.
  Directory::Versions held_versions(std::uint32_t page) const;
  void note_version(std::uint64_t number, std::optional<std::uint64_t> version,
                    store::Write& write);
  void write_page(std::uint32_t page, const Directory::Versions& versions, store::Write& write);
  base::Outcome may_write() const;
  void accept_as_it_is(store::Write& write);
  base::Result<store::Write> seal_row(std::uint64_t number, const ItemDetails& details,
                                      base::ByteView secret);
  store::Write begin_write();
  void write_header(store::Write& write, std::uint64_t now);
  void finish_write(store::Write& write);

  std::string name_;
  Search search_;
  Arena& arena_;
  Header header_;
  base::Bytes header_bytes_;
  base::Bytes manifest_bytes_;
  std::uint64_t stored_generation_ = 0;   // what the store has, once all writes have arrived
  std::uint64_t highest_generation_ = 0;  // ever tried: a version is never used twice
  std::map<std::uint64_t, Item> items_;
  std::map<std::uint64_t, LeftOut> left_out_;  // damaged, or not the newest
  Directory directory_;
  Numbers stale_;
  Index index_;
  std::optional<CollectionKeys> keys_;
  Manifest manifest_;              // meaningful while unlocked
  bool manifest_is_lost_ = false;  // it could not be opened: nothing is written until accepted
  bool header_is_altered_ = false;
};

}  // namespace vault
