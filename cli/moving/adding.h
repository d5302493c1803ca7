// Adds what was read to a collection, and counts what became of it.
#pragma once

#include "cli/moving/report.h"

namespace cli {

// The items, which are all of one source, a batch at a time; a dry run plans alone. Fails when the
// provider is gone.
base::Outcome add_items(Target& target, std::vector<MovedItem>& items, SourceReport& report,
                        bool dry);

}  // namespace cli
