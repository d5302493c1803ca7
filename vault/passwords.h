// Passwords on their way: received, and not yet used.
#pragma once

#include <map>

#include "ipc/vault_protocol.h"
#include "vault/secret_bytes.h"

namespace vault {

namespace wire = ipc::vault;

// Hands out a number for each, and the password once for its number.
class Passwords {
 public:
  static constexpr std::size_t kMaxWaiting = 64;

  // Code::limits_exceeded when too many wait.
  base::Result<wire::Password> keep(SecretBytes password);
  // Code::invalid when there is none under this number (any more).
  base::Result<SecretBytes> take(wire::PasswordId id);
  // Another one of it; the original goes on waiting.
  base::Result<SecretBytes> copy(wire::PasswordId id, Arena& arena) const;
  void drop(wire::PasswordId id) { waiting_.erase(id); }

 private:
  std::uint64_t last_ = 0;
  std::map<wire::PasswordId, SecretBytes> waiting_;
};

}  // namespace vault
