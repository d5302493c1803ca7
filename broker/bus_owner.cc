#include "broker/bus_owner.h"

#include <fmt/format.h>

#include "broker/proc.h"

namespace broker {
namespace {

std::string command_of(std::uint32_t pid) {
  std::string command = proc_file(pid, "comm");
  if (command.ends_with('\n')) command.pop_back();
  return command;
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
