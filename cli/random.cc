#include "cli/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace cli {

void fill_random(base::MutableBytes bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) std::abort();
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

std::uint32_t random_below(std::uint32_t bound) {
  // Values above the largest multiple of `bound` would favour the small results: draw again.
  const std::uint32_t excess = (UINT32_MAX % bound + 1) % bound;
  std::uint32_t value = 0;
  do fill_random(std::as_writable_bytes(std::span(&value, 1)));
  while (value > UINT32_MAX - excess);
  return value % bound;
}

}  // namespace cli
