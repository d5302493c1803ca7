// In place of a process's main loop: a test that stands at the other end of standard error names
// an attempt by its number, and it is made.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <iterator>
#include <string>

#include "tests/probe/attempts.h"

namespace probe {

inline void say(const std::string& line) {
  [[maybe_unused]] const auto n = ::write(STDERR_FILENO, line.data(), line.size());
}

// Ends when the test hangs up.
inline int serve() {
  say("probe: ready\n");
  char text[16];
  for (ssize_t got; (got = ::read(STDERR_FILENO, text, sizeof text)) > 0;) {
    std::size_t number = std::size(kAttempts);
    std::from_chars(text, text + got, number);
    if (number >= std::size(kAttempts)) return 2;
    kAttempts[number].make();
    say(fmt::format("probe: survived {}\n", kAttempts[number].name));
  }
  return 0;
}

}  // namespace probe
