#include "cli/moving/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "cli/visible.h"

namespace cli {

Progress::Progress(const std::string& what, std::size_t all) : what_(visible(what)), all_(all) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(std::size_t done) {
  if (!is_terminal(STDERR_FILENO)) return;
  fmt::print(stderr, "\r\x1b[K{}: {} of {}", what_, done, all_);
  shown_ = true;
}

}  // namespace cli
