// What is wrong with a data directory, without changing a byte of it.
//
// Only what the broker knows is looked at. Whether sealed contents are genuine needs the password,
// and is checked by the vault whenever a collection is unlocked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace broker {

struct Finding {
  std::string what;
  std::string advice;
};

// One file or folder of the data directory.
struct CheckedFile {
  std::string path;     // below the data directory, "." for itself
  std::string summary;  // "format 1, 12 items, generation 40"; may be empty
  std::vector<Finding> problems;
  std::vector<Finding> notes;  // worth knowing, nothing wrong
};

struct CheckReport {
  std::string directory;
  std::optional<int> used_by;  // the cofferd that uses it now; 0 when it does not say
  std::vector<CheckedFile> files;
  bool is_fine() const;
};

// `scratch` is an empty private directory, for copies; a daemon may be using `directory` meanwhile.
// Fails when there is no such directory or it cannot be read.
base::Result<CheckReport> check_data_directory(const std::string& directory,
                                               const std::string& scratch);

}  // namespace broker
