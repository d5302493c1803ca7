// The systemd user units: there, enabled, and not masked.
#include <fmt/format.h>

#include "cli/doctor/checks.h"

namespace cli {
namespace {

// In the order of systemd.unit(5): the first file of a name counts.
std::vector<std::string> unit_folders(const Machine& machine) {
  return {machine.config_home + "/systemd/user",
          "/etc/systemd/user",
          machine.runtime + "/systemd/user",
          "/run/systemd/user",
          machine.data_home + "/systemd/user",
          "/usr/local/lib/systemd/user",
          "/usr/lib/systemd/user",
          "/lib/systemd/user"};
}

enum class Unit { missing, masked, there };

Unit look_up(const Machine& machine, const std::string& name) {
  for (const std::string& folder : unit_folders(machine)) {
    const std::string path = folder + "/" + name, target = machine.link(path);
    if (target == "/dev/null") return Unit::masked;
    if (!target.empty() || machine.exists(path)) return Unit::there;
  }
  return Unit::missing;
}

bool is_wanted(const Machine& machine, const std::string& by, const std::string& name) {
  for (const std::string& folder : unit_folders(machine)) {
    const std::string path = folder + "/" + by + ".wants/" + name;
    if (!machine.link(path).empty() || machine.exists(path)) return true;
  }
  return false;
}

Finding unmask(const char* unit, const std::string& means) {
  return {"units", State::failed, fmt::format("{} is masked: {}", unit, means),
          fmt::format("systemctl --user unmask {}", unit)};
}

}  // namespace

Findings check_units(const Machine& machine) {
  if (!machine.exists("/run/systemd/system")) return {};
  Findings found;
  const Unit service = look_up(machine, "coffer.service");
  const Unit socket = look_up(machine, "coffer-pam.socket");
  if (service == Unit::missing)
    return {{"units", State::warning, "systemd knows no coffer.service",
             "install Coffer's package, or its units into ~/.config/systemd/user"}};
  if (service == Unit::masked)
    found.push_back(unmask("coffer.service", "the session bus cannot start Coffer"));
  if (socket == Unit::masked)
    found.push_back(unmask("coffer-pam.socket", "logins cannot unlock the keyring"));
  else if (socket == Unit::there && !is_wanted(machine, "sockets.target", "coffer-pam.socket"))
    found.push_back({"units", State::warning,
                     "coffer-pam.socket is not enabled: logins may not find the daemon",
                     "systemctl --user enable --now coffer-pam.socket"});
  constexpr const char* kTheirs = "gnome-keyring-daemon.socket";
  if (look_up(machine, kTheirs) == Unit::there && is_wanted(machine, "sockets.target", kTheirs))
    found.push_back(
        {"units", State::warning,
         fmt::format("{} is enabled, and starts gnome-keyring at login", kTheirs),
         fmt::format("systemctl --user mask --now {} gnome-keyring-daemon.service", kTheirs)});
  if (found.empty())
    found.push_back({"units", State::good, "coffer.service and coffer-pam.socket are in place"});
  return found;
}

}  // namespace cli
