// What can be told about one provider and not about others; `coffer status` shows it.
#pragma once

#include <string>
#include <vector>

#include "cli/secret_service.h"

namespace cli {

struct Program {
  pid_t pid = 0;
  std::string name;        // as the kernel has it, at most 15 characters; empty when unknown
  std::string executable;  // empty when we may not know: the program is another user's, or hardened
};

Program program_of(pid_t pid);

struct Detail {
  std::string name;  // lower case, of one word: also the key in JSON
  std::string value;
};

// Of a provider that is not known here: none.
std::vector<Detail> provider_details(SecretService& service, const Program& program);

}  // namespace cli
