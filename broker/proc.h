// What /proc says of another process: its own claims, and no proof of anything.
#pragma once

#include <cstdint>
#include <string>

namespace broker {

// The start of a file below /proc/PID, at most 16 KiB; empty when it cannot be read.
std::string proc_file(std::uint32_t pid, const char* name);
// The path of the program; empty when it cannot be known.
std::string executable_of(std::uint32_t pid);

}  // namespace broker
