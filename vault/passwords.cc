#include "vault/passwords.h"

namespace vault {
namespace {

base::Failure<base::Error> none() {
  return base::fail(base::Code::invalid, "the password was used already");
}

}  // namespace

base::Result<wire::Password> Passwords::keep(SecretBytes password) {
  if (waiting_.size() >= kMaxWaiting)
    return base::fail(base::Code::limits_exceeded, "too many passwords wait to be used");
  wire::Password kept{{++last_}, password.size() == 0};
  waiting_.emplace(kept.id, std::move(password));
  return kept;
}

base::Result<SecretBytes> Passwords::take(wire::PasswordId id) {
  auto taken = waiting_.extract(id);
  if (!taken) return none();
  return std::move(taken.mapped());
}

base::Result<SecretBytes> Passwords::copy(wire::PasswordId id, Arena& arena) const {
  const auto at = waiting_.find(id);
  if (at == waiting_.end()) return none();
  return SecretBytes::copy(arena, at->second.expose());
}

}  // namespace vault
