// What every program that holds a secret does first.
#pragma once

namespace cli {

// No core dumps, and no other process of the user may read this one's memory. Standard input,
// output and error are there, so that no connection takes their number.
void harden_process();

}  // namespace cli
