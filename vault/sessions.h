// The transfer sessions of one frontend's clients: how a secret crosses the bus.
#pragma once

#include <unordered_map>

#include "ipc/vault_protocol.h"
#include "vault/secret_bytes.h"

namespace vault {

namespace wire = ipc::vault;

// Encrypts for, and decrypts from, one client. Plain sessions have no key.
class Session {
 public:
  explicit Session(SecretBytes key) : key_(std::move(key)) {}

  base::Result<wire::Secret> send(base::ByteView secret, const std::string& content_type,
                                  Arena& arena) const;
  // Code::invalid when the ciphertext or its padding is wrong, Code::limits_exceeded above 1 MiB.
  base::Result<SecretBytes> receive(const wire::Secret& secret, Arena& arena) const;

 private:
  bool is_plain() const { return key_.size() == 0; }
  SecretBytes key_;
};

class Sessions {
 public:
  static constexpr std::size_t kMaxPerClient =
      12'288;  // SecretStorage opens one for each item it reads
  static constexpr std::size_t kMaxInAll = 32'768;

  Sessions(Arena& arena, bool allow_plain) : arena_(arena), allow_plain_(allow_plain) {}

  base::Result<wire::OpenSession::Reply> open(const wire::OpenSession& request);
  base::Outcome close(wire::ClientId client, wire::SessionId session);
  void forget(wire::ClientId client);
  // Code::no_such_session for an unknown one and for another client's alike.
  base::Result<const Session*> find(wire::ClientId client, wire::SessionId session) const;

 private:
  struct Owned {
    wire::ClientId owner;
    Session session;
  };
  Arena& arena_;
  bool allow_plain_;
  std::uint64_t last_ = 0;
  std::unordered_map<wire::SessionId, Owned> sessions_;
  std::unordered_map<wire::ClientId, std::vector<wire::SessionId>> by_client_;
};

}  // namespace vault
