#include "vault/passwords.h"

namespace vault {

base::Result<wire::Password> Passwords::keep(SecretBytes password) {
  if (waiting_.size() >= kMaxWaiting)
    return base::fail(base::Code::limits_exceeded, "too many passwords wait to be used");
  wire::Password kept{{++last_}, password.size() == 0};
  waiting_.emplace(kept.id, std::move(password));
  return kept;
}

base::Result<SecretBytes> Passwords::take(wire::PasswordId id) {
  auto taken = waiting_.extract(id);
  if (!taken) return base::fail(base::Code::invalid, "the password was used already");
  return std::move(taken.mapped());
}

}  // namespace vault
