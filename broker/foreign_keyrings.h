// The login keyrings of other managers, opened before our sandbox closes and never read by us.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace broker {

struct ForeignKeyring {
  std::string path;
  base::UniqueFd file;  // for reading
};

// What gnome-keyring and oo7 left in $XDG_DATA_HOME/keyrings (~/.local/share/keyrings), the one to
// read first in front: login.keyring, unless oo7 has moved that one already, and oo7's
// v1/login.keyring. Only regular files of this user, of at most 64 MiB; another is left out, with a
// line in the log.
std::vector<ForeignKeyring> find_foreign_keyrings();

}  // namespace broker
