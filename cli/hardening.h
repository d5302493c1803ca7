// What every program that holds a secret does first.
#pragma once

namespace cli {

// No core dumps, and no other process of the user may read this one's memory.
void harden_process();

}  // namespace cli
