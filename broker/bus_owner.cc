#include "broker/bus_owner.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <climits>

namespace broker {
namespace {

std::string command_of(std::uint32_t pid) {
  const base::UniqueFd fd(::open(fmt::format("/proc/{}/comm", pid).c_str(), O_RDONLY | O_CLOEXEC));
  char text[64];
  const ssize_t got = fd.valid() ? ::read(fd.get(), text, sizeof text) : 0;
  std::string command(text, got > 0 ? static_cast<std::size_t>(got) : 0);
  if (command.ends_with('\n')) command.pop_back();
  return command;
}

std::string executable_of(std::uint32_t pid) {
  std::string path(PATH_MAX, '\0');
  const ssize_t size =
      ::readlink(fmt::format("/proc/{}/exe", pid).c_str(), path.data(), path.size());
  path.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return path;
}

}  // namespace

std::string describe_owner(const ipc::control::ReportName& report) {
  std::string owner = report.owner.value.empty() ? "another program" : report.owner.value;
  if (report.owner_pid == 0) return owner;
  std::string words = fmt::format("{} (process {}", owner, report.owner_pid);
  for (const std::string& name : {command_of(report.owner_pid), executable_of(report.owner_pid)})
    if (!name.empty()) words += ", " + name;
  return words + ")";
}

}  // namespace broker
