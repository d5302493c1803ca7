// Who published an installed Flatpak application, read from the files of the installations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ipc/publisher.h"

namespace broker {

// What the installations of the user and of the system say of an application: where it is installed
// from, and what it was called before. Nothing of an installation that does not have it, or whose
// files cannot be read. The folders are Flatpak's, with its variables: FLATPAK_USER_DIR, else
// $XDG_DATA_HOME/flatpak (~/.local/share); FLATPAK_SYSTEM_DIR, else /var/lib/flatpak; and those
// that
// *.conf in installations.d of FLATPAK_CONFIG_DIR, else of /etc/flatpak, name.
ipc::Installed installed(const std::string& application);

// What a deploy record says (a GVariant of type (ssasta{sv})); empty where it is malformed.
struct Deployed {
  std::string remote;
  std::vector<std::string> previous_ids;
};
Deployed parse_deploy(std::string_view record);

// One more installation of the system (flatpak-installation(5)).
struct Installation {
  std::string name;
  std::string path;
  int priority = 0;  // the highest is looked into first
};
// Those in a file of installations.d, at most ipc::kMaxInstallations; without those that have no
// absolute path or no usable name.
std::vector<Installation> parse_installations(std::string_view configuration);

// The value of `key` in the group [remote "REMOTE"] of a repository's configuration; empty when
// there is none.
std::string remote_setting(std::string_view configuration, std::string_view remote,
                           std::string_view key);

}  // namespace broker
