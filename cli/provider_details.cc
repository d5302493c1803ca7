#include "cli/provider_details.h"

#include <fmt/format.h>
#include <unistd.h>

#include <climits>
#include <fstream>
#include <sstream>

namespace cli {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Coffer's service on the bus is its frontend; what started it is the broker.
std::vector<Detail> coffer_details(const Program& frontend) {
  const pid_t broker = parent_of(frontend.pid);
  if (program_of(broker).name != "cofferd") return {};
  return {{"broker", fmt::format("cofferd (pid {})", broker)}};
}

}  // namespace

Program program_of(pid_t pid) {
  Program program{pid, first_line(fmt::format("/proc/{}/comm", pid)), {}};
  char target[PATH_MAX];
  const ssize_t length =
      ::readlink(fmt::format("/proc/{}/exe", pid).c_str(), target, sizeof target);
  if (length > 0) program.executable.assign(target, static_cast<std::size_t>(length));
  return program;
}

pid_t parent_of(pid_t pid) {
  const std::string stat = first_line(fmt::format("/proc/{}/stat", pid));
  const std::size_t after_name = stat.rfind(')');  // the name may hold anything
  if (after_name == std::string::npos) return 0;
  std::istringstream rest(stat.substr(after_name + 1));
  std::string state;
  pid_t parent = 0;
  rest >> state >> parent;
  return parent;
}

std::vector<Detail> provider_details(SecretService&, const Program& program) {
  if (program.name == "coffer-frontend") return coffer_details(program);
  return {};
}

}  // namespace cli
