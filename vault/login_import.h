// What another manager kept under the login's password comes into the collection `login`.
#pragma once

#include <set>

#include "vault/file_key.h"
#include "vault/record_stream.h"
#include "vault/vault.h"

namespace vault {

// Asks the broker for one helper after the other, each of which parses one file; gives it that
// file's key, made of the login's password, which no helper sees; and adds what it sends to the
// collection, sealing it itself. An item that is there already, with the same attributes and
// secret, is not added again: so an import that was interrupted is repeated. Whatever a helper does
// costs no more than this import.
class LoginImport : public std::enable_shared_from_this<LoginImport> {
 public:
  struct Limits {
    std::chrono::milliseconds patience;  // for one file
  };
  // `settled`: the broker says that nothing is due. `vault` outlives the object.
  static std::shared_ptr<LoginImport> start(Vault& vault, StoreClient& store, CollectionId into,
                                            SecretBytes password, Limits limits,
                                            std::function<void()> settled);
  ~LoginImport();
  LoginImport(const LoginImport&) = delete;
  LoginImport& operator=(const LoginImport&) = delete;

  bool is_over() const { return is_over_; }

 private:
  using Verdict = store::Imported::Verdict;
  using Fingerprint = std::array<std::byte, 32>;

  LoginImport(Vault& vault, StoreClient& store, CollectionId into, SecretBytes password,
              Limits limits, std::function<void()> settled);
  void ask();
  void converse(base::UniqueFd helper);
  base::Outcome take_stock();
  bool send(base::ByteView frame);
  base::Outcome derive(transfer::KeyWanted wanted);
  bool is_locked() const;
  bool go_on_deriving();
  bool send_key();
  void listen();
  void be_deaf();
  void on_readable();
  base::Outcome add(const ItemDetails& details, base::ByteView secret);
  void on_stored(const base::Outcome& stored);
  void conclude(Verdict verdict);
  void end_file();
  void report();
  Fingerprint fingerprint_of(const ItemDetails& details, base::ByteView secret) const;

  Vault& vault_;
  StoreClient& store_;
  const CollectionId into_;
  SecretBytes password_;
  const Limits limits_;
  std::function<void()> settled_;
  std::vector<store::Imported> files_;  // the last is under way
  bool is_over_ = false;

  // Of the file that is under way.
  base::UniqueFd helper_;
  std::optional<RecordStream> stream_;
  std::shared_ptr<FileKey> key_;  // while it is made; shared with the worker
  base::EventLoop::Timer patience_{};
  bool under_way_ = false;
  bool listening_ = false;
  std::size_t being_stored_ = 0;           // items
  std::uint64_t shown_ = 0;                // of the added ones
  SecretBytes fingerprint_key_;            // of this file's fingerprints
  std::multiset<Fingerprint> were_there_;  // and were not met yet
};

}  // namespace vault
