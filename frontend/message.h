// D-Bus messages, as every file here names them. Nothing that a client sends is believed.
#pragma once

#include "dbus/message.h"

namespace frontend {

using dbus::BusSecret;
using dbus::Message;
using dbus::Reader;
using dbus::StringMap;
using dbus::Writer;

}  // namespace frontend
