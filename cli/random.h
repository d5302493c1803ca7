// Randomness from the kernel.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace cli {

// Fills `bytes`; aborts when the kernel has no randomness to give, for then nothing is safe.
void fill_random(base::MutableBytes bytes);

// Uniform in [0, bound), without modulo bias; `bound` is above 0.
std::uint32_t random_below(std::uint32_t bound);

}  // namespace cli
