// Making changes survive a power cut.
#pragma once

#include <string>

#include "base/result.h"

namespace broker {

// Returns when a file's contents, or the names in a folder, are on the disk.
base::Outcome sync_path(const std::string& path);

}  // namespace broker
