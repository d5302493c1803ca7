// What the frontend asks of the vault. The frontend asks; the vault answers.
//
// Trust: the vault takes the frontend's word for which client speaks (a ClientId is the frontend's
// own number for one bus connection) and for nothing else. Whose session it is, what is locked and
// what exists is decided in the vault; a malformed frame ends the connection. The frontend sees
// ciphertext of encrypted sessions, and never a password or a key.
#pragma once

#include "ipc/protocol.h"
#include "ipc/publisher.h"
#include "ipc/types.h"

namespace ipc::vault {

using ClientId = Id<struct ClientTag>;
using SessionId = Id<struct SessionTag>;
// A collection for as long as this vault process lives; never reused in that time.
using CollectionId = Id<struct CollectionTag, std::uint32_t>;

struct ItemId {
  CollectionId collection;
  std::uint64_t number = 0;  // the last part of the object path; never reused in a collection
  auto operator<=>(const ItemId&) const = default;
  static constexpr auto fields = std::tuple{&ItemId::collection, &ItemId::number};
};

enum class Algorithm : std::uint8_t { plain = 1, dh_ietf1024_sha256_aes128_cbc_pkcs7 = 2 };

// A secret as a session carries it: plaintext in a plain session (no parameters), else AES-128-CBC
// ciphertext with its 16-byte initialisation vector as parameters.
struct Secret {
  Bytes<16> parameters;
  Bytes<kMaxSecret + 16> value;
  Text<256> content_type;
  static constexpr auto fields =
      std::tuple{&Secret::parameters, &Secret::value, &Secret::content_type};
};

struct CollectionInfo {
  CollectionId id;
  CollectionName name;
  Label label;
  bool locked = true;
  bool passwordless = false;         // opens without a password
  bool awaits_old_password = false;  // unlocked with it once, it gets the login's new one
  std::uint64_t created = 0;         // seconds since the epoch
  std::uint64_t modified = 0;
  std::uint32_t arrivals = 0;  // how often items came that no frontend added: ListItems has them
  static constexpr auto fields = std::tuple{
      &CollectionInfo::id,      &CollectionInfo::name,         &CollectionInfo::label,
      &CollectionInfo::locked,  &CollectionInfo::passwordless, &CollectionInfo::awaits_old_password,
      &CollectionInfo::created, &CollectionInfo::modified,     &CollectionInfo::arrivals};
};

// A password waits in the vault under a number until one request uses it up, whether that succeeds
// or not. The frontend learns whether it is empty and nothing else.
using PasswordId = Id<struct PasswordTag>;
struct Password {
  PasswordId id;
  bool empty = false;
  static constexpr auto fields = std::tuple{&Password::id, &Password::empty};
};
using ExchangeId = Id<struct ExchangeTag>;
// One side's message of the prompter's exchange ("[sx-aes-1]" and what follows).
using ExchangeText = Text<32 * 1024>;

using ItemNumbers = List<std::uint64_t, kMaxItems>;
using ItemIds = List<ItemId, kMaxItems>;

// --- Sessions -----------------------------------------------------------------------------------

// Begins a session for one client. The vault makes its key pair and keeps the shared key; a public
// key that is degenerate or of the wrong size is refused (invalid), and so is a session too many
// for one client (limits_exceeded).
struct OpenSession {
  static constexpr std::uint16_t tag = 1;
  static constexpr std::string_view name = "OpenSession";
  struct Reply {
    SessionId session;
    Bytes<128> public_key;  // 128 bytes; empty for plain
    static constexpr auto fields = std::tuple{&Reply::session, &Reply::public_key};
  };
  ClientId client;
  Algorithm algorithm{};
  Bytes<256> public_key;
  static constexpr auto fields =
      std::tuple{&OpenSession::client, &OpenSession::algorithm, &OpenSession::public_key};
};

struct CloseSession {
  static constexpr std::uint16_t tag = 2;
  static constexpr std::string_view name = "CloseSession";
  using Reply = Nothing;
  ClientId client;
  SessionId session;
  static constexpr auto fields = std::tuple{&CloseSession::client, &CloseSession::session};
};

// The client left the bus: all its sessions end.
struct ForgetClient {
  static constexpr std::uint16_t tag = 3;
  static constexpr std::string_view name = "ForgetClient";
  using Reply = Nothing;
  ClientId client;
  static constexpr auto fields = std::tuple{&ForgetClient::client};
};

// --- Passwords ----------------------------------------------------------------------------------

// Through a client's session, as GNOME's internal interface carries it.
struct ReceivePassword {
  static constexpr std::uint16_t tag = 40;
  static constexpr std::string_view name = "ReceivePassword";
  using Reply = Password;
  ClientId client;
  SessionId session;
  Secret password;
  static constexpr auto fields =
      std::tuple{&ReceivePassword::client, &ReceivePassword::session, &ReceivePassword::password};
};

// From a descriptor, up to its end; one newline at the end is dropped. At most 4096 bytes, which
// must come within ten seconds (Code::unavailable). The descriptor is a stranger's: see
// vault/handover.h. Of too many that keep the vault waiting, the oldest is refused (Code::busy).
struct ReadPassword {
  static constexpr std::uint16_t tag = 41;
  static constexpr std::string_view name = "ReadPassword";
  using Reply = Password;
  Fd from;
  static constexpr auto fields = std::tuple{&ReadPassword::from};
};

// Begins an exchange with a system prompter (sx-aes-1), which encrypts passwords to the vault.
struct BeginExchange {
  static constexpr std::uint16_t tag = 42;
  static constexpr std::string_view name = "BeginExchange";
  struct Reply {
    ExchangeId exchange;
    ExchangeText ours;
    static constexpr auto fields = std::tuple{&Reply::exchange, &Reply::ours};
  };
  ExchangeText theirs;
  static constexpr auto fields = std::tuple{&BeginExchange::theirs};
};

// A password out of the prompter's answer. The exchange goes on.
struct ReceiveAnswer {
  static constexpr std::uint16_t tag = 43;
  static constexpr std::string_view name = "ReceiveAnswer";
  using Reply = Password;
  ExchangeId exchange;
  ExchangeText theirs;
  static constexpr auto fields = std::tuple{&ReceiveAnswer::exchange, &ReceiveAnswer::theirs};
};

struct EndExchange {
  static constexpr std::uint16_t tag = 44;
  static constexpr std::string_view name = "EndExchange";
  using Reply = Nothing;
  ExchangeId exchange;
  static constexpr auto fields = std::tuple{&EndExchange::exchange};
};

// Asks a question of a pinentry that the broker started (see control_protocol.h, StartPinentry).
using PinentryId = Id<struct PinentryTag>;
struct AskPinentry {
  static constexpr std::uint16_t tag = 46;
  static constexpr std::string_view name = "AskPinentry";
  enum class Kind : std::uint8_t { password = 1, new_password = 2, confirmation = 3 };
  struct Reply {
    bool accepted = false;
    Password password;  // of an accepted question for one
    static constexpr auto fields = std::tuple{&Reply::accepted, &Reply::password};
  };
  PinentryId pinentry;
  Kind kind{};
  Text<32 * 1024> title;
  Text<32 * 1024> description;
  Text<32 * 1024> warning;
  Text<32 * 1024> go_on;  // the button's label
  static constexpr auto fields =
      std::tuple{&AskPinentry::pinentry,    &AskPinentry::kind,    &AskPinentry::title,
                 &AskPinentry::description, &AskPinentry::warning, &AskPinentry::go_on};
};

// Its dialog disappears; what it was asked is answered with no.
struct ClosePinentry {
  static constexpr std::uint16_t tag = 47;
  static constexpr std::string_view name = "ClosePinentry";
  using Reply = Nothing;
  PinentryId pinentry;
  static constexpr auto fields = std::tuple{&ClosePinentry::pinentry};
};

struct DropPassword {
  static constexpr std::uint16_t tag = 45;
  static constexpr std::string_view name = "DropPassword";
  using Reply = Nothing;
  PasswordId password;
  static constexpr auto fields = std::tuple{&DropPassword::password};
};

// --- What there is ------------------------------------------------------------------------------

// Parked until something about the collections (which exist, their labels, locks and aliases)
// differs from revision `seen`; 0 is answered at once.
struct AwaitChange {
  static constexpr std::uint16_t tag = 10;
  static constexpr std::string_view name = "AwaitChange";
  struct Reply {
    std::uint64_t revision = 0;
    List<CollectionInfo, kMaxCollections> collections;
    List<Alias, 64> aliases;
    static constexpr auto fields =
        std::tuple{&Reply::revision, &Reply::collections, &Reply::aliases};
  };
  std::uint64_t seen = 0;
  static constexpr auto fields = std::tuple{&AwaitChange::seen};
};

// Works on locked collections too: numbers reveal nothing.
struct ListItems {
  static constexpr std::uint16_t tag = 11;
  static constexpr std::string_view name = "ListItems";
  struct Reply {
    ItemNumbers items;  // ascending
    static constexpr auto fields = std::tuple{&Reply::items};
  };
  CollectionId collection;
  static constexpr auto fields = std::tuple{&ListItems::collection};
};

// A locked item answers with locked = true and nothing else.
struct ReadItem {
  static constexpr std::uint16_t tag = 12;
  static constexpr std::string_view name = "ReadItem";
  struct Reply {
    bool locked = true;
    Label label;
    Attributes attributes;
    std::uint64_t created = 0;
    std::uint64_t modified = 0;
    static constexpr auto fields = std::tuple{&Reply::locked, &Reply::label, &Reply::attributes,
                                              &Reply::created, &Reply::modified};
  };
  ItemId item;
  static constexpr auto fields = std::tuple{&ReadItem::item};
};

// Items that have all the given attributes, the most recently modified first within a collection.
struct SearchItems {
  static constexpr std::uint16_t tag = 13;
  static constexpr std::string_view name = "SearchItems";
  struct Reply {
    ItemIds unlocked;
    ItemIds locked;
    static constexpr auto fields = std::tuple{&Reply::unlocked, &Reply::locked};
  };
  Optional<CollectionId> collection;  // none: all of them
  Attributes attributes;              // empty: everything matches
  static constexpr auto fields = std::tuple{&SearchItems::collection, &SearchItems::attributes};
};

// --- Items --------------------------------------------------------------------------------------

struct ReadSecret {
  static constexpr std::uint16_t tag = 20;
  static constexpr std::string_view name = "ReadSecret";
  struct Reply {
    Secret secret;
    static constexpr auto fields = std::tuple{&Reply::secret};
  };
  ClientId client;
  SessionId session;
  ItemId item;
  static constexpr auto fields =
      std::tuple{&ReadSecret::client, &ReadSecret::session, &ReadSecret::item};
};

// Answered when the item is durable. With `replace`, an item with exactly these attributes is
// overwritten: its number and creation time stay.
struct CreateItem {
  static constexpr std::uint16_t tag = 21;
  static constexpr std::string_view name = "CreateItem";
  struct Reply {
    ItemId item;
    bool replaced = false;
    std::uint64_t modified = 0;
    static constexpr auto fields = std::tuple{&Reply::item, &Reply::replaced, &Reply::modified};
  };
  ClientId client;
  SessionId session;
  CollectionId collection;
  Label label;
  Attributes attributes;
  Secret secret;
  bool replace = false;
  static constexpr auto fields = std::tuple{
      &CreateItem::client,     &CreateItem::session, &CreateItem::collection, &CreateItem::label,
      &CreateItem::attributes, &CreateItem::secret,  &CreateItem::replace};
};

// When an item was written.
struct Written {
  std::uint64_t modified = 0;  // seconds since the epoch
  static constexpr auto fields = std::tuple{&Written::modified};
};

// Answered when durable, as are all below.
struct WriteSecret {
  static constexpr std::uint16_t tag = 22;
  static constexpr std::string_view name = "WriteSecret";
  using Reply = Written;
  ClientId client;
  SessionId session;
  ItemId item;
  Secret secret;
  static constexpr auto fields = std::tuple{&WriteSecret::client, &WriteSecret::session,
                                            &WriteSecret::item, &WriteSecret::secret};
};

struct EditItem {
  static constexpr std::uint16_t tag = 23;
  static constexpr std::string_view name = "EditItem";
  using Reply = Written;
  ItemId item;
  Optional<Label> label;
  Optional<Attributes> attributes;
  static constexpr auto fields =
      std::tuple{&EditItem::item, &EditItem::label, &EditItem::attributes};
};

struct DeleteItem {
  static constexpr std::uint16_t tag = 24;
  static constexpr std::string_view name = "DeleteItem";
  using Reply = Nothing;
  ItemId item;
  static constexpr auto fields = std::tuple{&DeleteItem::item};
};

// --- Collections --------------------------------------------------------------------------------

// Wipes the keys of one collection; already locked is fine.
struct Lock {
  static constexpr std::uint16_t tag = 30;
  static constexpr std::string_view name = "Lock";
  using Reply = Nothing;
  CollectionId collection;
  static constexpr auto fields = std::tuple{&Lock::collection};
};

// Key derivation runs beside the main loop; repeated wrong passwords are answered more and more
// slowly. Without a password, a collection that has none is unlocked.
struct Unlock {
  static constexpr std::uint16_t tag = 31;
  static constexpr std::string_view name = "Unlock";
  using Reply = Nothing;
  CollectionId collection;
  Optional<PasswordId> password;
  static constexpr auto fields = std::tuple{&Unlock::collection, &Unlock::password};
};

// The empty password makes a collection that opens without one.
struct CreateCollection {
  static constexpr std::uint16_t tag = 32;
  static constexpr std::string_view name = "CreateCollection";
  struct Reply {
    CollectionId collection;
    static constexpr auto fields = std::tuple{&Reply::collection};
  };
  Label label;
  PasswordId password;
  static constexpr auto fields = std::tuple{&CreateCollection::label, &CreateCollection::password};
};

struct EditCollection {
  static constexpr std::uint16_t tag = 33;
  static constexpr std::string_view name = "EditCollection";
  using Reply = Nothing;
  CollectionId collection;
  Label label;
  static constexpr auto fields = std::tuple{&EditCollection::collection, &EditCollection::label};
};

struct DeleteCollection {
  static constexpr std::uint16_t tag = 34;
  static constexpr std::string_view name = "DeleteCollection";
  using Reply = Nothing;
  CollectionId collection;
  static constexpr auto fields = std::tuple{&DeleteCollection::collection};
};

// No collection: the alias is cleared.
struct SetAlias {
  static constexpr std::uint16_t tag = 35;
  static constexpr std::string_view name = "SetAlias";
  using Reply = Nothing;
  AliasName alias;
  Optional<CollectionId> collection;
  static constexpr auto fields = std::tuple{&SetAlias::alias, &SetAlias::collection};
};

// Unlocks the collection too. The old password is asked for unless the collection has none.
struct ChangePassword {
  static constexpr std::uint16_t tag = 36;
  static constexpr std::string_view name = "ChangePassword";
  using Reply = Nothing;
  CollectionId collection;
  Optional<PasswordId> before;
  PasswordId after;
  static constexpr auto fields =
      std::tuple{&ChangePassword::collection, &ChangePassword::before, &ChangePassword::after};
};

// Whether the password opens the collection; a right one goes on waiting. Wrong ones count as in
// Unlock.
struct CheckPassword {
  static constexpr std::uint16_t tag = 37;
  static constexpr std::string_view name = "CheckPassword";
  using Reply = Nothing;
  CollectionId collection;
  PasswordId password;
  static constexpr auto fields = std::tuple{&CheckPassword::collection, &CheckPassword::password};
};

// --- Secrets of sandboxed applications ----------------------------------------------------------

// The application that a portal speaks for, as the portal determined it.
struct PortalApplication {
  Text<255> id;
  Installed installed;
  static constexpr auto fields = std::tuple{&PortalApplication::id, &PortalApplication::installed};
};

// What stands between an application and its secret. Code::no_such_collection when it has none and
// there is no default collection to make one in.
struct FindPortalSecret {
  static constexpr std::uint16_t tag = 50;
  static constexpr std::string_view name = "FindPortalSecret";
  struct Reply {
    List<CollectionId, kMaxCollections> locked;  // must be unlocked before more is known
    bool exists = false;                         // false, and nothing locked: it can be made
    bool recorded = false;  // it is known whose it is, or nobody knows who publishes it now
    bool foreign = false;   // it was made for another publisher's application of that id
    Text<1024> source;      // and this is where that came from
    static constexpr auto fields = std::tuple{&Reply::locked, &Reply::exists, &Reply::recorded,
                                              &Reply::foreign, &Reply::source};
  };
  PortalApplication application;
  static constexpr auto fields = std::tuple{&FindPortalSecret::application};
};

// Makes a secret of 64 random bytes for an application that has none but foreign ones, in the
// default collection; answered when it is durable. Code::locked when FindPortalSecret would name a
// collection.
struct MakePortalSecret {
  static constexpr std::uint16_t tag = 51;
  static constexpr std::string_view name = "MakePortalSecret";
  struct Reply {
    ItemId item;
    bool made = false;  // false: it was there already
    static constexpr auto fields = std::tuple{&Reply::item, &Reply::made};
  };
  PortalApplication application;
  static constexpr auto fields = std::tuple{&MakePortalSecret::application};
};

// Writes the application's secret, read back from the store, to a pipe or a socket, and closes that
// before it answers. The descriptor is a stranger's: see vault/handover.h. Code::locked as above,
// Code::no_such_item when there is none, Code::denied when it is a foreign one.
struct WritePortalSecret {
  static constexpr std::uint16_t tag = 52;
  static constexpr std::string_view name = "WritePortalSecret";
  using Reply = Nothing;
  PortalApplication application;
  Fd to;
  static constexpr auto fields =
      std::tuple{&WritePortalSecret::application, &WritePortalSecret::to};
};

// Records who publishes the application with the secret that it has, foreign or not.
struct AdoptPortalSecret {
  static constexpr std::uint16_t tag = 53;
  static constexpr std::string_view name = "AdoptPortalSecret";
  struct Reply {
    ItemId item;
    static constexpr auto fields = std::tuple{&Reply::item};
  };
  PortalApplication application;
  static constexpr auto fields = std::tuple{&AdoptPortalSecret::application};
};

// --- Where it works -----------------------------------------------------------------------------

// Answers come soonest from the processor where they are waited for: see frontend/placement.h. One
// that the vault may not use changes nothing; none lets it go anywhere again.
struct WorkNear {
  static constexpr std::uint16_t tag = 60;
  static constexpr std::string_view name = "WorkNear";
  using Reply = Nothing;
  Optional<std::uint32_t> processor;
  static constexpr auto fields = std::tuple{&WorkNear::processor};
};

using Protocol =
    ipc::Protocol<OpenSession, CloseSession, ForgetClient, AwaitChange, ListItems, ReadItem,
                  SearchItems, ReadSecret, CreateItem, WriteSecret, EditItem, DeleteItem, Lock,
                  Unlock, CreateCollection, EditCollection, DeleteCollection, SetAlias,
                  ChangePassword, CheckPassword, ReceivePassword, ReadPassword, BeginExchange,
                  ReceiveAnswer, EndExchange, DropPassword, AskPinentry, ClosePinentry,
                  FindPortalSecret, MakePortalSecret, WritePortalSecret, AdoptPortalSecret,
                  WorkNear>;

}  // namespace ipc::vault

template <>
inline constexpr std::array ipc::kEnumerators<ipc::vault::Algorithm> = {
    ipc::vault::Algorithm::plain, ipc::vault::Algorithm::dh_ietf1024_sha256_aes128_cbc_pkcs7};
template <>
inline constexpr std::array ipc::kEnumerators<ipc::vault::AskPinentry::Kind> = {
    ipc::vault::AskPinentry::Kind::password, ipc::vault::AskPinentry::Kind::new_password,
    ipc::vault::AskPinentry::Kind::confirmation};
