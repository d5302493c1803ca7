// A password in a pipe: how it travels to a service that reads it from a descriptor.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "cli/secret.h"

namespace cli {

// The reading end; the writing end is closed. Code::limits_exceeded for more than 4096 bytes.
base::Result<base::UniqueFd> pipe_with(const Secret& password);

}  // namespace cli
