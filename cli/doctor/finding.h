// What one check of `coffer doctor` found, and what to do about it.
#pragma once

#include <string>
#include <vector>

namespace cli {

enum class State { good, warning, failed };

struct Finding {
  std::string check;  // a word; several findings may share it
  State state;
  std::string found;
  std::string advice = {};  // what to do next; empty when all is well
};

using Findings = std::vector<Finding>;

}  // namespace cli
