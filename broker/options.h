// The daemon's command line.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace broker {

struct Options {
  bool login = false;                   // standard input is the login password
  bool replace = false;                 // take the bus name over from its owner
  bool check = false;                   // look at the data directory, and serve nothing
  bool json = false;                    // with check: for programs to read
  std::optional<std::string> config;    // instead of the default configuration files
  std::optional<std::string> data_dir;  // instead of the default data directory
};

// The options, or the status to exit with at once: 0 when --help or --version was answered, 2 after
// a usage error was explained on standard error.
base::Result<Options, int> parse_options(int argc, char** argv);

}  // namespace broker
