#include "frontend/clients.h"

namespace frontend {

wire::ClientId Clients::id_of(const std::string& name) {
  const auto [at, added] = ids_.try_emplace(name);
  if (added) at->second.value = ++last_client_;
  return at->second;
}

std::optional<wire::ClientId> Clients::forget(const std::string& name) {
  const auto known = ids_.extract(name);
  if (!known) return std::nullopt;
  const auto is_theirs = [&](const auto& entry) { return entry.second.owner == name; };
  std::erase_if(sessions_, is_theirs);
  return known.mapped();
}

std::uint64_t Clients::add_session(const std::string& owner, wire::SessionId session) {
  sessions_.emplace(++last_session_, SessionEntry{owner, session});
  return last_session_;
}

const Clients::SessionEntry* Clients::session(std::uint64_t number) const {
  const auto at = sessions_.find(number);
  return at == sessions_.end() ? nullptr : &at->second;
}

}  // namespace frontend
