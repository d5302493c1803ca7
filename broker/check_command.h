// cofferd --check.
#pragma once

#include "broker/options.h"

namespace broker {

// Prints what is wrong with the data directory on standard output. The exit status: 0 when nothing
// is, 1 when something is or it cannot be checked.
int check_and_print(const Options& options);

}  // namespace broker
