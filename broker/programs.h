// The programs that the broker starts.
#pragma once

#include <optional>

#include "broker/configuration.h"
#include "broker/options.h"
#include "broker/process.h"

namespace broker {

struct Programs {
  Program vault;
  Program frontend;
  std::optional<Program> formats;  // where it is installed
};

// Finds them, and says what each is given: see the configuration's memory.secretmem for the vault,
// and portal.host-apps for the frontend.
base::Result<Programs> find_programs(const Options& options, const Configuration& configuration);

// What of the file system the broker needs besides sandbox::broker_policy().
std::vector<sandbox::Path> paths_of(const Programs& programs, const std::string& data_directory);

}  // namespace broker
