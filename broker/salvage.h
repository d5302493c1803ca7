// Reads what can still be read out of a collection's damaged file, into a new one.
#pragma once

#include <string>

#include "base/result.h"

namespace broker {

struct Salvaged {
  std::size_t items = 0;
  std::string kept_as;  // where the damaged file is now
};

// Puts a new file into the place of a collection's file, with every item that can be read. The
// damaged file and its write-ahead log are kept beside it, byte for byte, as NAME.coffer.damaged-1
// (or -2, ...: no file is overwritten). Code::damaged, and nothing is changed, when it is no
// collection, or its first record cannot be read. The file must not be open.
base::Result<Salvaged> salvage(const std::string& folder, const std::string& name);

// Copies a file and its log, neither of them open, beside it, under the first of those names that
// is free; gives the name.
base::Result<std::string> keep_aside(const std::string& path);

// Whether a file's name is one that keep_aside() gives.
bool is_kept_aside(std::string_view file);

}  // namespace broker
