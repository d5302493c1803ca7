// Prints, for each attempt, the names of the processes that are killed for it, and of its call.
#include <cstdio>

#include "tests/probe/attempts.h"

int main() {
  for (const probe::Attempt& attempt : probe::kAttempts)
    std::printf("%s%s%s %s\n", attempt.is_forbidden_to(sandbox::Role::vault) ? "coffer-vault," : "",
                attempt.is_forbidden_to(sandbox::Role::frontend) ? "coffer-frontend," : "",
                attempt.is_forbidden_to(sandbox::Role::broker) ? "cofferd," : "", attempt.name);
  return 0;
}
