#include "broker/bus_owner.h"

#include <fmt/format.h>

namespace broker {

std::string describe_owner(const ipc::control::ReportName& report, const Identity& identity) {
  std::string owner = report.owner.value.empty() ? "another program" : report.owner.value;
  if (report.owner_pid == 0) return owner;
  std::string words = fmt::format("{} (process {}", owner, report.owner_pid);
  for (const std::string& name : {identity.program.value, identity.executable.value})
    if (!name.empty()) words += ", " + name;
  return words + ")";
}

}  // namespace broker
