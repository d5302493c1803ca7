// Who else owns our bus name, in words.
#pragma once

#include <string>

#include "broker/client_identity.h"
#include "ipc/control_protocol.h"

namespace broker {

inline constexpr char kBusName[] = "org.freedesktop.secrets";

// ":1.7 (process 4711, gnome-keyring-d, /usr/bin/gnome-keyring-daemon)", as far as it is known.
// Only for people: the names are whatever that process chose.
std::string describe_owner(const ipc::control::ReportName& report, const Identity& identity);

}  // namespace broker
