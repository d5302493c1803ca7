#include "cli/provider_details.h"

#include <fmt/format.h>
#include <unistd.h>

#include <climits>
#include <fstream>

namespace cli {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
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

std::vector<Detail> provider_details(SecretService& service, const Program& program) {
  if (program.name != "coffer-frontend") return {};
  std::vector<Detail> details;
  for (auto& [name, value] : service.describe()) details.push_back({name, value});
  return details;
}

}  // namespace cli
