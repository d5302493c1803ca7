// What the vault asks of the broker. The vault asks; the broker answers.
//
// Trust: the broker stores bytes that it cannot read. The vault authenticates everything that comes
// back, and takes no name, number or order from here on trust. The broker checks names and sizes,
// and that a write continues the state that is stored.
#pragma once

#include "ipc/protocol.h"
#include "ipc/types.h"

namespace ipc::store {

// One item at rest. `version` is the generation of the write that made it. `locators` are the keyed
// hashes of its attributes, `box` the sealed item; the broker knows the meaning of neither.
// Rows with a number from here on are no items: the vault keeps a directory of the items in them.
inline constexpr std::uint64_t kFirstDirectoryRow = std::uint64_t{1} << 62;

struct Row {
  std::uint64_t number = 0;
  std::uint64_t version = 0;
  Bytes<kMaxAttributes * 16> locators;
  Bytes<kMaxRecord> box;
  static constexpr auto fields = std::tuple{&Row::number, &Row::version, &Row::locators, &Row::box};
};
using Rows = List<Row, 65'536, 4 * 1024 * 1024>;

// A collection's header (label, identity, key slots: see vault/records.h) and its sealed manifest.
using HeaderBytes = Bytes<256 * 1024>;
using ManifestBytes = Bytes<256 * 1024>;

struct Settings {
  std::uint32_t kdf_passes = 3;           // Argon2id, for new key slots
  std::uint32_t kdf_memory_kib = 65'536;  // likewise
  bool locked_search = true;              // search.locked
  bool plain_sessions = true;             // sessions.plain
  bool keep_session = false;              // session.backing: rows can be kept, see KeepSessionRow
  static constexpr auto fields =
      std::tuple{&Settings::kdf_passes, &Settings::kdf_memory_kib, &Settings::locked_search,
                 &Settings::plain_sessions, &Settings::keep_session};
};

// The vault is ready and says how its memory is kept. The broker answers with the settings and the
// open, read-write file of the locator key (empty at first: the vault fills it, 32 bytes).
struct Start {
  static constexpr std::uint16_t tag = 1;
  static constexpr std::string_view name = "Start";
  struct Reply {
    Settings settings;
    Fd locator_key;
    bool import_due = false;  // a login that opens `login` asks ReadKeyring
    static constexpr auto fields =
        std::tuple{&Reply::settings, &Reply::locator_key, &Reply::import_due};
  };
  enum class Memory : std::uint8_t {
    unlocked = 1,  // it may be swapped out
    locked = 2,    // the arena and the stacks are locked
    secret = 3,    // likewise, and the arena is memfd_secret
    all = 4,       // all that the process has or will have is locked
  };
  Memory memory = Memory::unlocked;
  std::uint64_t arena_size = 0;  // bytes
  std::uint32_t landlock = 0;    // sandbox::Confinement
  bool alone = false;            // likewise
  static constexpr auto fields =
      std::tuple{&Start::memory, &Start::arena_size, &Start::landlock, &Start::alone};
};

// Parked until the broker has something for the vault.
struct Await {
  static constexpr std::uint16_t tag = 2;
  static constexpr std::string_view name = "Await";
  enum class Order : std::uint8_t {
    serve = 1,     // the descriptor is a new frontend's end of the vault protocol
    password = 2,  // the descriptor carries the login password, up to its end
    pinentry = 3,  // the descriptor is the input and output of the pinentry `number`
    // The descriptor is a connection on which a login tells its password, as `protocol` says, and
    // is answered. The user's own process made it, or root, who has checked the password.
    login = 4,
    login_by_root = 5,
  };
  struct Reply {
    Order order{};
    Fd descriptor;
    std::uint64_t number = 0;
    LoginProtocol protocol = LoginProtocol::own;
    static constexpr auto fields =
        std::tuple{&Reply::order, &Reply::descriptor, &Reply::number, &Reply::protocol};
  };
  static constexpr std::tuple<> fields{};
};

struct ListCollections {
  static constexpr std::uint16_t tag = 10;
  static constexpr std::string_view name = "ListCollections";
  struct Reply {
    List<CollectionName, kMaxCollections> collections;  // those that can be opened
    List<Alias, 64> aliases;
    static constexpr auto fields = std::tuple{&Reply::collections, &Reply::aliases};
  };
  static constexpr std::tuple<> fields{};
};

struct LoadCollection {
  static constexpr std::uint16_t tag = 11;
  static constexpr std::string_view name = "LoadCollection";
  struct Reply {
    HeaderBytes header;
    ManifestBytes manifest;
    std::uint64_t generation = 0;
    static constexpr auto fields = std::tuple{&Reply::header, &Reply::manifest, &Reply::generation};
  };
  CollectionName collection;
  static constexpr auto fields = std::tuple{&LoadCollection::collection};
};

// Rows in ascending order, from the first after `after`, as many as a page holds.
struct LoadItems {
  static constexpr std::uint16_t tag = 12;
  static constexpr std::string_view name = "LoadItems";
  struct Reply {
    Rows rows;
    bool more = false;
    static constexpr auto fields = std::tuple{&Reply::rows, &Reply::more};
  };
  CollectionName collection;
  std::uint64_t after = 0;
  static constexpr auto fields = std::tuple{&LoadItems::collection, &LoadItems::after};
};

// One durable step from generation `previous` to `generation`. Refused with Code::conflict when
// `previous` is not what is stored: a write is never applied to a state it was not made for. On any
// failure nothing of it is stored.
struct Write {
  static constexpr std::uint16_t tag = 20;
  static constexpr std::string_view name = "Write";
  using Reply = Nothing;
  CollectionName collection;
  std::uint64_t previous = 0;
  std::uint64_t generation = 0;
  ManifestBytes manifest;
  Optional<HeaderBytes> header;
  Rows put;
  List<std::uint64_t, 65'536> erase;
  static constexpr auto fields =
      std::tuple{&Write::collection, &Write::previous, &Write::generation, &Write::manifest,
                 &Write::header,     &Write::put,      &Write::erase};
};

// Code::already_exists when the name is taken.
struct CreateCollection {
  static constexpr std::uint16_t tag = 21;
  static constexpr std::string_view name = "CreateCollection";
  using Reply = Nothing;
  CollectionName collection;
  HeaderBytes header;
  ManifestBytes manifest;
  std::uint64_t generation = 0;
  static constexpr auto fields =
      std::tuple{&CreateCollection::collection, &CreateCollection::header,
                 &CreateCollection::manifest, &CreateCollection::generation};
};

struct DeleteCollection {
  static constexpr std::uint16_t tag = 22;
  static constexpr std::string_view name = "DeleteCollection";
  using Reply = Nothing;
  CollectionName collection;
  static constexpr auto fields = std::tuple{&DeleteCollection::collection};
};

// No collection: the alias is cleared.
struct SetAlias {
  static constexpr std::uint16_t tag = 23;
  static constexpr std::string_view name = "SetAlias";
  using Reply = Nothing;
  AliasName alias;
  Optional<CollectionName> collection;
  static constexpr auto fields = std::tuple{&SetAlias::alias, &SetAlias::collection};
};

// --- The login keyring of another manager, which a new collection `login` takes in ---

// One file's import, as it ended.
struct Imported {
  enum class Verdict : std::uint8_t {
    read = 1,            // to its end
    wrong_password = 2,  // the login's does not open it
    unreadable = 3,      // it is damaged, or nothing that a login could open
    interrupted = 4,     // the helper, the store or the user ended it: it is tried again
  };
  Verdict verdict{};
  std::uint64_t items = 0;  // that were read, and are in the collection
  std::uint64_t added = 0;  // of these: those that were not there before
  std::uint64_t lost = 0;   // that could not be read, or are larger than an item may be
  static constexpr auto fields =
      std::tuple{&Imported::verdict, &Imported::items, &Imported::added, &Imported::lost};
};
inline constexpr std::size_t kMaxImported = 4;  // files

// A login has opened `login`: the broker starts coffer-formats on the keyring `file`, counted from
// 0, and answers with the connection to it (see transfer/messages.h). Code::no_such_item: there is
// no such file, or nothing is due; Code::unavailable: it could not be started. Asking for the file
// 0 is an attempt, which is counted before it begins; there are no more than a few. The former
// helper is ended.
struct ReadKeyring {
  static constexpr std::uint16_t tag = 30;
  static constexpr std::string_view name = "ReadKeyring";
  struct Reply {
    Fd helper;
    static constexpr auto fields = std::tuple{&Reply::helper};
  };
  std::uint32_t file = 0;
  static constexpr auto fields = std::tuple{&ReadKeyring::file};
};

// How the attempt ended, file by file. All that was imported is stored by now. Unless one was
// interrupted nothing is due any more, durably.
struct EndImport {
  static constexpr std::uint16_t tag = 31;
  static constexpr std::string_view name = "EndImport";
  using Reply = Nothing;
  List<Imported, kMaxImported> files;
  static constexpr auto fields = std::tuple{&EndImport::files};
};

// --- The session collection, kept until the user logs out: in a kernel keyring ---

// Keeps a row, in place of an older one of its number. Not durable, and not always possible: there
// is little room. Whatever fails, no older row of this number is left.
struct KeepSessionRow {
  static constexpr std::uint16_t tag = 40;
  static constexpr std::string_view name = "KeepSessionRow";
  using Reply = Nothing;
  Row row;
  static constexpr auto fields = std::tuple{&KeepSessionRow::row};
};

// Answered with success too when there is no such row.
struct ForgetSessionRow {
  static constexpr std::uint16_t tag = 41;
  static constexpr std::string_view name = "ForgetSessionRow";
  using Reply = Nothing;
  std::uint64_t number = 0;
  static constexpr auto fields = std::tuple{&ForgetSessionRow::number};
};

// Rows in no order of their numbers, as many as a page holds; `after` is the `last` of the page
// before, 0 for the first. Other processes of the user's can put rows there too: a number may come
// twice.
struct LoadSessionRows {
  static constexpr std::uint16_t tag = 42;
  static constexpr std::string_view name = "LoadSessionRows";
  struct Reply {
    Rows rows;
    std::uint64_t last = 0;
    bool more = false;
    static constexpr auto fields = std::tuple{&Reply::rows, &Reply::last, &Reply::more};
  };
  std::uint64_t after = 0;
  static constexpr auto fields = std::tuple{&LoadSessionRows::after};
};

using Protocol = ipc::Protocol<Start, Await, ListCollections, LoadCollection, LoadItems, Write,
                               CreateCollection, DeleteCollection, SetAlias, ReadKeyring, EndImport,
                               KeepSessionRow, ForgetSessionRow, LoadSessionRows>;

}  // namespace ipc::store

template <>
inline constexpr std::array ipc::kEnumerators<ipc::store::Start::Memory> = {
    ipc::store::Start::Memory::unlocked, ipc::store::Start::Memory::locked,
    ipc::store::Start::Memory::secret, ipc::store::Start::Memory::all};
template <>
inline constexpr std::array ipc::kEnumerators<ipc::store::Await::Order> = {
    ipc::store::Await::Order::serve, ipc::store::Await::Order::password,
    ipc::store::Await::Order::pinentry, ipc::store::Await::Order::login,
    ipc::store::Await::Order::login_by_root};
template <>
inline constexpr std::array ipc::kEnumerators<ipc::store::Imported::Verdict> = {
    ipc::store::Imported::Verdict::read, ipc::store::Imported::Verdict::wrong_password,
    ipc::store::Imported::Verdict::unreadable, ipc::store::Imported::Verdict::interrupted};
