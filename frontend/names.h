// The names of the Secret Service, as every file here writes them.
#pragma once

#include "dbus/names.h"

namespace frontend {

namespace names = dbus::names;

}  // namespace frontend
