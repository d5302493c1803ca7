#include "base/log.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace base::log {
namespace {

const char* g_process = "coffer";
Level g_most_verbose = Level::info;
bool g_journal = false;

}  // namespace

void start(const char* process, Level most_verbose) {
  g_process = process;
  g_most_verbose = most_verbose;
  g_journal = std::getenv("JOURNAL_STREAM") != nullptr;
}

void write(Level level, std::string_view line) {
  if (level > g_most_verbose) return;
  std::string whole = g_journal ? fmt::format("<{}>{}: ", static_cast<int>(level), g_process)
                                : fmt::format("{}: ", g_process);
  // A line is a line: whatever came from elsewhere cannot forge a second one.
  for (char c : line) whole += (c >= 0 && c < ' ') || c == 0x7f ? '?' : c;
  whole += '\n';
  [[maybe_unused]] auto ignored = ::write(STDERR_FILENO, whole.data(), whole.size());
}

}  // namespace base::log
