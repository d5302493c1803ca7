// The configuration file: what it may say, and finding it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ipc/store_protocol.h"

namespace broker {

struct Configuration {
  ipc::store::Settings settings;                                   // handed to the vault
  bool require_locked = false;                                     // memory.require-locked
  bool require_sandbox = false;                                    // sandbox.require
  enum class SecretMemory { automatic, on, off } secret_memory{};  // memory.secretmem
  bool login_socket = true;                                        // pam.socket
  bool gnome_keyring_socket = false;                               // pam.gnome-keyring-socket
  bool portal_host_apps = false;                                   // portal.host-apps
  bool import_login = true;                                        // import.login
  enum class SessionBacking { memory, kernel } session_backing{};  // session.backing
  std::string pinentry = "auto";  // prompt.pinentry: a program's path, "auto" or "none"
};

// The configuration that `text` (TOML) describes. Unknown keys, wrong types and values out of range
// are errors (Code::invalid) that name `path`, the line and the key.
base::Result<Configuration> parse_configuration(std::string_view text, const std::string& path);

// Reads `file`, which must exist; without it, the first that exists of
// $XDG_CONFIG_HOME/coffer/coffer.toml (~/.config) and /etc/coffer/coffer.toml, or the defaults.
// A file larger than 64 KiB, or that is no regular file, is an error.
base::Result<Configuration> load_configuration(const std::optional<std::string>& file);

}  // namespace broker
