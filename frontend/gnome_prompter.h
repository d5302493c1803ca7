// GNOME's system prompter: GNOME Shell's own dialog, or gcr-prompter elsewhere.
#pragma once

#include <deque>
#include <map>

#include "frontend/call.h"
#include "frontend/dialog.h"
#include "frontend/vault_link.h"

namespace frontend {

class GnomeDialog;

// The callback objects that the prompter talks to, one for each dialog. Protocol: gcr's
// org.gnome.keyring.internal.Prompter. Only the owner of the prompter's name may call them.
class GnomePrompter {
 public:
  GnomePrompter(Bus& bus, VaultLink& vault) : bus_(bus), vault_(vault) {}

  // A conversation, if there is a prompter (it is started when the bus can); null otherwise.
  // `window` is the asking program's, empty when it named none.
  base::Task<std::unique_ptr<Dialog>> open(std::string window);

  // True when the call was for one of the callback objects, and was handled.
  bool on_call(const Call& call);
  // The prompter's dialogs end when it leaves the bus.
  void on_gone(const std::string& bus_name);

 private:
  friend GnomeDialog;
  Bus& bus_;
  VaultLink& vault_;
  std::uint64_t last_ = 0;
  std::map<std::string, GnomeDialog*> dialogs_;  // by object path
};

}  // namespace frontend
