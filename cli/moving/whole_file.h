// Files that are written as a whole or not at all; and those that are read.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace cli {

// To read from. Code::invalid when it is no file; never waits for one that is a pipe.
base::Result<base::UniqueFd> open_file(const std::string& path);

// Code::already_exists when there is something at `path`.
base::Outcome check_absent(const std::string& path);

// Writes a file with mode 0600: beside its place first, then made durable, then moved there. What
// is at `path` is replaced only with `replace`; Code::already_exists otherwise, also when it came
// to be meanwhile. On failure nothing is left behind.
base::Outcome write_whole_file(const std::string& path, base::ByteView content, bool replace);

}  // namespace cli
