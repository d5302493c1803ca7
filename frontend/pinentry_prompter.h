// pinentry, where the session has no prompter of its own. The broker starts it, the vault talks to
// it; we say what it shall ask.
#pragma once

#include "frontend/dialog.h"
#include "frontend/vault_link.h"

namespace frontend {

class PinentryPrompter {
 public:
  using Started = std::function<void(base::Result<wire::PinentryId>)>;
  using Start = std::function<void(Started)>;

  PinentryPrompter(VaultLink& vault, Start start) : vault_(vault), start_(std::move(start)) {}

  // A conversation, each question of which is a pinentry of its own; null when there is none.
  base::Task<std::unique_ptr<Dialog>> open();

 private:
  VaultLink& vault_;
  Start start_;
};

}  // namespace frontend
