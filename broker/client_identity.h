// What a client calls itself, for dialogs to name it.
#pragma once

#include <cstdint>
#include <string>

namespace broker {

// The id of a Flatpak application, else the script that an interpreter runs, else the program's
// file name, in printable characters and at most 64 bytes long; empty when it cannot be known. A
// process can call itself whatever it likes.
std::string program_of(std::uint32_t pid);

// The name in the group [Application] of a Flatpak's .flatpak-info; empty when there is none.
std::string flatpak_name(const std::string& info);
// The script among an interpreter's arguments (NUL-separated), without its folder; empty when there
// is none.
std::string script_name(const std::string& command_line);
// Without control characters, quotes and what else could make a dialog say something it does not
// mean (ASCII only); cut to 64 bytes.
std::string printable(const std::string& name);

}  // namespace broker
