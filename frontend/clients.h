// Who speaks to us, and what each of them has: sessions and prompts.
#pragma once

#include <unordered_map>

#include "base/result.h"
#include "ipc/vault_protocol.h"

namespace frontend {

namespace wire = ipc::vault;

// The kind of value a prompt's Completed signal carries.
enum class PromptResult { paths, path, text };

class Clients {
 public:
  static constexpr std::size_t kMaxPrompts = 64;  // of one client

  struct SessionEntry {
    std::string owner;
    wire::SessionId session;
  };
  struct PromptEntry {
    std::string owner;
    PromptResult result;
    bool prompted = false;
  };

  // The number of a bus name; made when it is new.
  wire::ClientId id_of(const std::string& name);
  // Forgets the name with its sessions and prompts; its number, if it had one.
  std::optional<wire::ClientId> forget(const std::string& name);

  std::uint64_t add_session(const std::string& owner, wire::SessionId session);
  // Null when there is none; the caller compares the owner.
  const SessionEntry* session(std::uint64_t number) const;
  void remove_session(std::uint64_t number) { sessions_.erase(number); }
  void drop_all_sessions() { sessions_.clear(); }

  base::Result<std::uint64_t> add_prompt(const std::string& owner, PromptResult result);
  PromptEntry* prompt(std::uint64_t number);
  void remove_prompt(std::uint64_t number) { prompts_.erase(number); }

 private:
  std::uint64_t last_client_ = 0, last_session_ = 0, last_prompt_ = 0;
  std::unordered_map<std::string, wire::ClientId> ids_;
  std::unordered_map<std::uint64_t, SessionEntry> sessions_;
  std::unordered_map<std::uint64_t, PromptEntry> prompts_;
};

}  // namespace frontend
