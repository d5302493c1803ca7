// How every command ends.
#pragma once

#include "base/error.h"

namespace cli {

enum class Exit {
  done = 0,
  not_found = 1,   // no such item or collection
  usage = 2,       // the command line makes no sense
  locked = 3,      // locked, and not unlocked: a wrong password, or a dismissed question
  no_service = 4,  // nobody serves secrets, or they stopped
  failed = 5,      // anything else
};

Exit exit_for(base::Code code);

// Says what failed on standard error, as "PROGRAM: what"; the exit code for it.
int report(const char* program, const base::Error& error);

}  // namespace cli
