// The checks of `coffer doctor` that look at files: each of its own, and none changes anything.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "cli/doctor/finding.h"
#include "cli/doctor/machine.h"

namespace cli {

// Which program the session bus would start for org.freedesktop.secrets.
Finding check_activation(const Machine& machine);

// What starts with the desktop and takes that name: gnome-keyring, KWallet. Empty: nothing.
Findings check_autostart(const Machine& machine);

// pam_coffer in the files of each display manager (and `login`) that is installed: missing, in the
// wrong place, or beside gnome-keyring's and KWallet's modules. Empty: nobody logs in here.
Findings check_pam(const Machine& machine);

// The systemd user units.
Findings check_units(const Machine& machine);

// Whom xdg-desktop-portal asks for the secrets of applications in sandboxes. `reads_conf`: it is
// 1.17 or later, and reads portals.conf.
Finding check_portal(const Machine& machine, bool reads_conf);
// The name of the .portal file that serves them; empty for none.
std::string portal_for_secrets(const Machine& machine, bool reads_conf);

// The data directory at `path`: that nobody else can look into it.
Finding check_data(const Machine& machine, const std::string& path, uid_t user);

// Whether the vault's memory is locked. `words`: what the daemon says of it, empty when it does not
// run; `limit`: RLIMIT_MEMLOCK, bytes; `capability`: cofferd has CAP_IPC_LOCK.
Finding check_memory(const std::string& words, std::uint64_t limit, bool capability);
// Whether the program's file has the capability CAP_IPC_LOCK; `attribute` is the value of its
// extended attribute security.capability.
bool grants_ipc_lock(const std::string& attribute);

// Whether processes of one user may read each other's memory, and where their cores go.
Findings check_debugging(const Machine& machine);

// `version` of Landlock's interface in the kernel; 0: none.
Finding check_landlock(int version);

}  // namespace cli
