// What `coffer` and its helper `coffer-formats` say to each other over pipes: a file's content and
// a Request go in, a document or a Failure comes out; or a Request and a document go in, and the
// file's content comes out.
//
//   Request                                      coffer → helper, on a pipe of its own
//   KeyWanted                                    helper → vault, once, before a document
//   Key                                          vault → helper, in answer
//   Start, (Record | Damage) ..., End            a document, in either direction
//   Start, Chunk ..., End                        a file's content, helper → coffer
//   Contents, documents, Keyring ...             a backup, in either direction
//   Failure                                      helper → coffer, instead of any of these
//
// With Operation::read_asking the vault is in coffer's place, over one socket.
//
// Neither side believes the other: every field has a bound, every order but these is refused, and
// what ends without an End is cut off.
#pragma once

#include "formats/detect.h"
#include "formats/file_key.h"
#include "ipc/protocol.h"

namespace transfer {

inline constexpr std::uint32_t kVersion = 3;  // of everything in this header

inline constexpr std::size_t kMaxSecret = std::size_t{16} << 20;         // bytes
inline constexpr std::size_t kMaxLabel = std::size_t{64} << 10;          // bytes of UTF-8
inline constexpr std::size_t kMaxAttributes = 1024;                      // of one record
inline constexpr std::size_t kMaxAttributesSize = std::size_t{1} << 20;  // of one record, encoded
inline constexpr std::size_t kMaxRecords = 1'000'000;                    // of one document
inline constexpr std::size_t kMaxPassword = std::size_t{64} << 10;       // bytes
inline constexpr std::size_t kMaxChunk = std::size_t{64} << 10;          // bytes
inline constexpr std::size_t kMaxFile = std::size_t{256} << 20;          // bytes, in or out
inline constexpr std::size_t kMaxDocument = std::size_t{512} << 20;      // bytes of all its frames
inline constexpr std::size_t kMaxParts = 4096;  // collections of a backup, keyrings, and aliases

// The first byte of a frame's body.
enum class Kind : std::uint8_t {
  request = 1,
  start,
  record,
  damage,
  chunk,
  end,
  failure,
  contents,
  keyring,
  key_wanted,
  key
};

enum class Operation : std::uint8_t {
  read = 1,               // a file of any format that the helper knows
  write_v1,               // libsecret's file backend, version 1
  write_v0,               // gnome-keyring's binary format, version 0
  write_json,             // Coffer's own export, unencrypted
  read_backup,            // answered by a backup; the password may be a recovery key's text
  write_backup,           // of a backup, under a password
  write_recovery_backup,  // likewise, under the recovery key whose text the password is
  read_asking,            // a file whose key is asked for: the request has no password
  write_oo7,              // as write_v1, with content types as oo7 keeps them
};

struct Request {
  static constexpr Kind kind = Kind::request;
  std::uint32_t version = kVersion;
  Operation operation = Operation::read;
  ipc::Bytes<kMaxPassword> password;
  ipc::Bytes<4096> salt;              // of a wallet: the file beside it
  ipc::Bytes<kMaxSecret> attributes;  // of a wallet: the other file beside it
  static constexpr auto fields =
      std::tuple{&Request::version, &Request::operation, &Request::password, &Request::salt,
                 &Request::attributes};
};

struct Start {
  static constexpr Kind kind = Kind::start;
  std::uint32_t version = kVersion;
  formats::Format format = formats::Format::unknown;  // of the file that is read or written
  ipc::Text<kMaxLabel> label;                         // of the document; may be empty
  std::uint64_t created = 0;                          // seconds since 1970; 0: unknown
  std::uint64_t modified = 0;                         // likewise
  static constexpr auto fields =
      std::tuple{&Start::version, &Start::format, &Start::label, &Start::created, &Start::modified};
};

struct Attribute {
  ipc::Text<kMaxAttributesSize> name;
  ipc::Text<kMaxAttributesSize> value;
  static constexpr auto fields = std::tuple{&Attribute::name, &Attribute::value};
};

struct Record {
  static constexpr Kind kind = Kind::record;
  ipc::Text<kMaxLabel> label;
  // Strictly ascending by name, so that each is there once.
  ipc::List<Attribute, kMaxAttributes, kMaxAttributesSize> attributes;
  std::uint64_t created = 0;   // seconds since 1970; 0: unknown
  std::uint64_t modified = 0;  // likewise
  ipc::Text<256> content_type;
  ipc::Bytes<kMaxSecret> secret;
  static constexpr auto fields =
      std::tuple{&Record::label,    &Record::attributes,   &Record::created,
                 &Record::modified, &Record::content_type, &Record::secret};
};

// Something of a file that could not be read, while the rest could.
struct Damage {
  static constexpr Kind kind = Kind::damage;
  ipc::Optional<std::uint64_t> item;  // counted from 0 as the file counts; none: the whole file
  ipc::Text<256> what;                // "label"
  ipc::Text<1024> why;                // "is not UTF-8"
  static constexpr auto fields = std::tuple{&Damage::item, &Damage::what, &Damage::why};
};

struct Chunk {
  static constexpr Kind kind = Kind::chunk;
  ipc::Bytes<kMaxChunk> bytes;
  static constexpr auto fields = std::tuple{&Chunk::bytes};
};

struct End {
  static constexpr Kind kind = Kind::end;
  std::uint64_t frames = 0;  // since the Start, neither of the two counted
  static constexpr auto fields = std::tuple{&End::frames};
};

// Another name of a collection.
struct Alias {
  std::uint32_t collection = 0;  // of a backup, counted from 0
  ipc::Text<256> name;
  static constexpr auto fields = std::tuple{&Alias::collection, &Alias::name};
};

// What a backup holds: so many documents, each a collection, and so many keyrings come next.
struct Contents {
  static constexpr Kind kind = Kind::contents;
  std::uint32_t version = kVersion;
  std::uint64_t created = 0;  // seconds since 1970
  std::uint32_t collections = 0;
  std::uint32_t keyrings = 0;
  ipc::List<Alias, kMaxParts> aliases;
  static constexpr auto fields =
      std::tuple{&Contents::version, &Contents::created, &Contents::collections,
                 &Contents::keyrings, &Contents::aliases};
};

// The file in which a sandboxed application keeps its secrets, unread.
struct Keyring {
  static constexpr Kind kind = Kind::keyring;
  ipc::Text<255> application;
  ipc::Bytes<kMaxSecret> file;
  static constexpr auto fields = std::tuple{&Keyring::application, &Keyring::file};
};

// The key of the file that is read: the vault has the password, and never tells it.
struct KeyWanted {
  static constexpr Kind kind = Kind::key_wanted;
  formats::Kdf kdf = formats::Kdf::iterated_sha256;
  ipc::Bytes<64> salt;
  std::uint32_t rounds = 0;
  static constexpr auto fields = std::tuple{&KeyWanted::kdf, &KeyWanted::salt, &KeyWanted::rounds};
};

struct Key {
  static constexpr Kind kind = Kind::key;
  ipc::Bytes<32> bytes;  // formats::key_size_of() of them
  static constexpr auto fields = std::tuple{&Key::bytes};
};

struct Failure {
  static constexpr Kind kind = Kind::failure;
  base::Code code = base::Code::internal;
  ipc::Text<1024> why;
  static constexpr auto fields = std::tuple{&Failure::code, &Failure::why};
};

}  // namespace transfer

template <>
inline constexpr std::array ipc::kEnumerators<transfer::Operation> = {
    transfer::Operation::read,
    transfer::Operation::write_v1,
    transfer::Operation::write_v0,
    transfer::Operation::write_json,
    transfer::Operation::read_backup,
    transfer::Operation::write_backup,
    transfer::Operation::write_recovery_backup,
    transfer::Operation::read_asking,
    transfer::Operation::write_oo7};

template <>
inline constexpr std::array ipc::kEnumerators<formats::Kdf> = {formats::Kdf::iterated_sha256,
                                                               formats::Kdf::pbkdf2_sha256};

template <>
inline constexpr std::array ipc::kEnumerators<formats::Format> = {
    formats::Format::unknown,
    formats::Format::gnome_keyring_binary,
    formats::Format::gnome_keyring_text,
    formats::Format::gnome_keyring_objects,
    formats::Format::libsecret_file,
    formats::Format::kwallet,
    formats::Format::json,
    formats::Format::csv,
    formats::Format::coffer_backup};
