// Lines for the person who runs the daemon, on standard error.
//
// Under systemd (JOURNAL_STREAM is set) each line carries its priority as sd-daemon(3) "<N>".
// Nothing secret is ever passed here.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace base::log {

enum class Level { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

// Call once, first thing in main; `process` must outlive the program ("cofferd").
void start(const char* process, Level most_verbose = Level::info);

void write(Level level, std::string_view line);

template <class... A>
void error(fmt::format_string<A...> format, A&&... a) {
  write(Level::error, fmt::format(format, std::forward<A>(a)...));
}
template <class... A>
void warning(fmt::format_string<A...> format, A&&... a) {
  write(Level::warning, fmt::format(format, std::forward<A>(a)...));
}
template <class... A>
void notice(fmt::format_string<A...> format, A&&... a) {
  write(Level::notice, fmt::format(format, std::forward<A>(a)...));
}
template <class... A>
void info(fmt::format_string<A...> format, A&&... a) {
  write(Level::info, fmt::format(format, std::forward<A>(a)...));
}
template <class... A>
void debug(fmt::format_string<A...> format, A&&... a) {
  write(Level::debug, fmt::format(format, std::forward<A>(a)...));
}

}  // namespace base::log
