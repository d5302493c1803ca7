// Who speaks to us, and which sessions each of them has.
#pragma once

#include <unordered_map>

#include "base/result.h"
#include "ipc/vault_protocol.h"

namespace frontend {

namespace wire = ipc::vault;

class Clients {
 public:
  struct SessionEntry {
    std::string owner;
    wire::SessionId session;
  };

  // The number of a bus name; made when it is new.
  wire::ClientId id_of(const std::string& name);
  // Forgets the name with its sessions; its number, if it had one.
  std::optional<wire::ClientId> forget(const std::string& name);

  std::uint64_t add_session(const std::string& owner, wire::SessionId session);
  // Null when there is none; the caller compares the owner.
  const SessionEntry* session(std::uint64_t number) const;
  void remove_session(std::uint64_t number) { sessions_.erase(number); }
  void drop_all_sessions() { sessions_.clear(); }

 private:
  std::uint64_t last_client_ = 0, last_session_ = 0;
  std::unordered_map<std::string, wire::ClientId> ids_;
  std::unordered_map<std::uint64_t, SessionEntry> sessions_;
};

}  // namespace frontend
