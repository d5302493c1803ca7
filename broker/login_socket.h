// The sockets on which logins tell their passwords.
#pragma once

#include <string>

#include "broker/configuration.h"
#include "broker/service_manager.h"

namespace broker {

// Listens on $XDG_RUNTIME_DIR/`directory`/`name`: the directory is its user's alone (0700), and so
// is the socket. One that was left behind by an earlier daemon is replaced; one on which somebody
// listens is not (Code::busy). Code::unavailable without XDG_RUNTIME_DIR.
base::Result<base::UniqueFd> listen_in_runtime_directory(const std::string& directory,
                                                         const std::string& name);

struct LoginSockets {
  base::UniqueFd own;            // that pam_coffer.so speaks to
  base::UniqueFd gnome_keyring;  // that pam_gnome_keyring.so speaks to
};

// As the configuration has it: handed over by the service manager under the names "coffer-pam" and
// "gnome-keyring-control", or made. One that cannot be had is missing, and the log says why.
LoginSockets open_login_sockets(const Configuration& configuration, ServiceManager& manager);

}  // namespace broker
