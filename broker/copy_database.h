// Copies of files that are not open here.
#pragma once

#include <string>

#include "base/result.h"

namespace broker {

// Copies the regular file `from` and its write-ahead log, if there is one, into new files, mode
// 0600, that are durable afterwards but for their names. Code::already_exists when there is a file
// called `to`, or its log; then nothing is left behind.
base::Outcome copy_database(const std::string& from, const std::string& to);

}  // namespace broker
