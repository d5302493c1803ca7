// Whom xdg-desktop-portal asks for secrets: portals.conf(5), and the .portal files.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/doctor/checks.h"

namespace cli {
namespace {

constexpr const char* kInterface = "org.freedesktop.impl.portal.Secret";
constexpr const char* kOurs = "coffer";

struct Portal {
  std::string name;
  std::vector<std::string> use_in;
};

// Those that serve secrets, as xdg-desktop-portal finds them: by name, the first file of a name.
std::vector<Portal> portals(const Machine& machine, bool reads_conf) {
  // Earlier ones look into /usr/share alone.
  const auto folders = reads_conf ? machine.all_data() : std::vector<std::string>{"/usr/share"};
  std::vector<Portal> found;
  std::set<std::string> seen;
  for (const std::string& folder : folders)
    for (const std::string& file : machine.list(folder + "/xdg-desktop-portal/portals")) {
      if (!file.ends_with(".portal") || !seen.insert(file).second) continue;
      const auto text = machine.read(folder + "/xdg-desktop-portal/portals/" + file);
      if (!text) continue;
      const auto interfaces = words_of(ini_value(*text, "portal", "Interfaces").value_or(""), ';');
      if (std::find(interfaces.begin(), interfaces.end(), kInterface) == interfaces.end()) continue;
      found.push_back({file.substr(0, file.size() - 7),
                       words_of(ini_value(*text, "portal", "UseIn").value_or(""), ';')});
    }
  std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.name < b.name; });
  return found;
}

std::optional<std::string> configuration(const Machine& machine) {
  std::vector<std::string> folders = machine.all_config();
  folders.push_back("/etc");
  for (const std::string& folder : machine.all_data()) folders.push_back(folder);
  std::vector<std::string> files;
  for (const std::string& desktop : machine.desktops) files.push_back(desktop + "-portals.conf");
  files.push_back("portals.conf");
  for (const std::string& folder : folders)
    for (const std::string& file : files)
      if (auto text = machine.read(folder + "/xdg-desktop-portal/" + file)) return text;
  return std::nullopt;
}

// The first of these words that is one of the portals; "none" is a word too.
std::optional<std::string> preferred(const std::string& list, const std::vector<Portal>& all) {
  for (const std::string& word : words_of(list, ';')) {
    if (word == "none") return std::string();
    if (word == "*" && !all.empty()) return all.front().name;
    for (const Portal& portal : all)
      if (portal.name == word) return word;
  }
  return std::nullopt;
}

std::optional<std::string> by_use_in(const Machine& machine, const std::vector<Portal>& all) {
  for (const std::string& desktop : machine.desktops)
    for (const Portal& portal : all)
      for (std::string word : portal.use_in) {
        std::transform(word.begin(), word.end(), word.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (word == desktop) return portal.name;
      }
  return std::nullopt;
}

std::string how_to_route(const Machine& machine, bool reads_conf) {
  if (!reads_conf)
    return "in /usr/share/xdg-desktop-portal/portals, name the desktop in UseIn= of coffer.portal, "
           "and take it out of the other's file";
  const std::string file =
      (machine.desktops.empty() ? "" : machine.desktops.front() + "-") + "portals.conf";
  return fmt::format(
      "add the line {}=coffer to [preferred] in {}/xdg-desktop-portal/{} (a copy of the desktop's "
      "own), and log in again",
      kInterface, machine.config_home, file);
}

}  // namespace

std::string portal_for_secrets(const Machine& machine, bool reads_conf) {
  const auto all = portals(machine, reads_conf);
  if (reads_conf) {
    if (const auto text = configuration(machine)) {
      const auto own = ini_value(*text, "preferred", kInterface);
      const auto list = own ? own : ini_value(*text, "preferred", "default");
      if (list)
        if (const auto found = preferred(*list, all)) return *found;
      if (own) return {};
    }
  }
  if (const auto found = by_use_in(machine, all)) return *found;
  // Earlier ones then take any.
  return reads_conf || all.empty() ? std::string() : all.front().name;
}

Finding check_portal(const Machine& machine, bool reads_conf) {
  bool installed = false;
  for (const std::string& data : machine.all_data())
    installed |= machine.exists(data + "/dbus-1/services/org.freedesktop.portal.Desktop.service");
  if (!installed)
    return {"portal", State::good, "there is no xdg-desktop-portal, and nothing to route"};
  if (machine.desktops.empty())
    return {"portal", State::good, "no desktop here (XDG_CURRENT_DESKTOP), and nothing to route"};
  const std::string serves = portal_for_secrets(machine, reads_conf);
  if (serves == kOurs)
    return {"portal", State::good, "applications in sandboxes get their secrets from Coffer"};
  return {"portal", State::warning,
          serves.empty()
              ? "applications in sandboxes get no secrets: no portal is named for them"
              : fmt::format("applications in sandboxes get their secrets from {}", serves),
          how_to_route(machine, reads_conf)};
}

}  // namespace cli
