// What a client calls itself, for dialogs to name it.
#pragma once

#include <cstdint>
#include <string>

#include "ipc/fields.h"

namespace broker {

// In printable characters, cut where it is long; empty what cannot be known. A process can call
// itself whatever it likes.
struct Identity {
  // The id of a Flatpak application, else the script that an interpreter runs, else the program's
  // file name.
  ipc::Text<64> program;
  ipc::Text<512> executable;  // its path
  static constexpr auto fields = std::tuple{&Identity::program, &Identity::executable};
};

Identity identity_of(std::uint32_t pid);

// The name in the group [Application] of a Flatpak's .flatpak-info; empty when there is none.
std::string flatpak_name(const std::string& info);
// The script among an interpreter's arguments (NUL-separated), without its folder; empty when there
// is none.
std::string script_name(const std::string& command_line);
// Without control characters, quotes and what else could make a dialog say something it does not
// mean (ASCII only); cut to `most` bytes.
std::string printable(const std::string& name, std::size_t most = 64);

}  // namespace broker
