// Plasma's prompter for secrets.
#pragma once

#include <map>

#include "frontend/call.h"
#include "frontend/dialog.h"
#include "frontend/vault_link.h"

namespace frontend {

class KdeDialog;

// The request objects that Plasma's prompter answers to, one for each question. Protocol:
// org.kde.secretprompter. The password comes in a descriptor, which goes on to the vault unread.
// It knows no confirmations. Only the owner of the prompter's name may answer.
class KdePrompter {
 public:
  KdePrompter(Bus& bus, VaultLink& vault) : bus_(bus), vault_(vault) {}

  // As GnomePrompter's.
  base::Task<std::unique_ptr<Dialog>> open(std::string window);
  bool on_call(const Call& call);
  void on_gone(const std::string& bus_name);

 private:
  friend KdeDialog;
  Bus& bus_;
  VaultLink& vault_;
  std::uint64_t last_ = 0;
  std::map<std::string, KdeDialog*> dialogs_;  // by object path
};

}  // namespace frontend
