// Who else would serve secrets: D-Bus service files, and what starts with the desktop.
#include <fmt/format.h>

#include <algorithm>

#include "cli/doctor/checks.h"

namespace cli {
namespace {

constexpr const char* kName = "org.freedesktop.secrets";

struct ServiceFile {
  std::string path;
  std::string exec;
};

// In the order in which the bus takes them: of two folders the first, of two files in one folder
// either.
std::vector<ServiceFile> service_files(const Machine& machine) {
  std::vector<ServiceFile> found;
  std::vector<std::string> folders{machine.runtime + "/dbus-1/services"};
  for (const std::string& data : machine.all_data()) folders.push_back(data + "/dbus-1/services");
  for (const std::string& folder : folders) {
    for (const std::string& file : machine.list(folder)) {
      if (!file.ends_with(".service")) continue;
      const auto text = machine.read(folder + "/" + file);
      if (!text || ini_value(*text, "D-BUS Service", "Name") != kName) continue;
      found.push_back(
          {folder + "/" + file, ini_value(*text, "D-BUS Service", "Exec").value_or("")});
    }
    if (!found.empty()) break;
  }
  return found;
}

bool is_ours(const ServiceFile& file) {
  const std::string program = file.exec.substr(0, file.exec.find(' '));
  return program.substr(program.rfind('/') + 1) == "cofferd";
}

bool holds(const std::string& list, const std::vector<std::string>& desktops) {
  for (std::string& word : words_of(list, ';')) {
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (std::find(desktops.begin(), desktops.end(), word) != desktops.end()) return true;
  }
  return false;
}

// Whether the desktop that is running starts what this file says.
bool starts(const Machine& machine, const std::string& text) {
  const auto value = [&](const char* key) { return ini_value(text, "Desktop Entry", key); };
  if (value("Hidden") == "true" || machine.desktops.empty()) return false;
  if (const auto only = value("OnlyShowIn"); only && !holds(*only, machine.desktops)) return false;
  const auto never = value("NotShowIn");
  return !never || !holds(*never, machine.desktops);
}

// What serves secrets on Plasma, and the setting in kwalletrc that keeps it from that.
struct KdeService {
  const char* name;
  const char* group;
  const char* key;
  const char* tool;
};

// By the session bus's files: since KDE Frameworks 6.14 it is ksecretd, with kwalletd before it.
std::optional<KdeService> kde_service(const Machine& machine) {
  const auto has = [&](const char* file) {
    const std::vector<std::string> folders = machine.all_data();
    return std::any_of(folders.begin(), folders.end(), [&](const std::string& data) {
      return machine.exists(data + "/dbus-1/services/" + file);
    });
  };
  if (has("org.kde.secretservicecompat.service"))
    return KdeService{"ksecretd", "KSecretD", "Enabled", "kwriteconfig6"};
  if (has("org.kde.kwalletd6.service"))
    return KdeService{"KWallet", kName, "apiEnabled", "kwriteconfig6"};
  if (has("org.kde.kwalletd5.service"))
    return KdeService{"KWallet", kName, "apiEnabled", "kwriteconfig5"};
  return std::nullopt;
}

// Whether kwalletrc says no, as KConfig reads it: the user's file before the system's, key by key.
bool is_off(const Machine& machine, const char* group, const char* key) {
  for (const std::string& folder : machine.all_config()) {
    const auto text = machine.read(folder + "/kwalletrc");
    const auto value = text ? ini_value(*text, group, key) : std::nullopt;
    if (!value) continue;
    std::string word = *value;
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return word == "false" || word == "no" || word == "off" || word == "0";
  }
  return false;
}

bool is_plasma(const Machine& machine) {
  return std::find(machine.desktops.begin(), machine.desktops.end(), "kde") !=
         machine.desktops.end();
}

}  // namespace

Finding check_activation(const Machine& machine) {
  const auto files = service_files(machine);
  if (files.empty())
    return {"activation", State::warning, "the session bus has no file to start Coffer by",
            "install Coffer's package, or start cofferd with the session"};
  const auto other = std::find_if_not(files.begin(), files.end(), is_ours);
  if (other == files.end())
    return {"activation", State::good, fmt::format("the session bus starts {}", files[0].exec)};
  if (files.size() > 1)
    return {"activation", State::warning,
            fmt::format("{} is beside Coffer's file, and the bus may take either", other->path),
            fmt::format("put it aside: sudo dpkg-divert --add --rename {}", other->path)};
  return {
      "activation", State::warning,
      fmt::format("the session bus starts {} (by {})",
                  other->exec.empty() ? "another program" : other->exec, other->path),
      fmt::format("if Coffer is to serve, remove {}, or install Coffer's package, which puts it "
                  "aside",
                  other->path)};
}

Findings check_autostart(const Machine& machine) {
  Findings found;
  constexpr const char* kFile = "gnome-keyring-secrets.desktop";
  for (const std::string& folder : machine.all_config()) {
    const std::string path = folder + "/autostart/" + kFile;
    const auto text = machine.read(path);
    if (!text) continue;
    if (starts(machine, *text))
      found.push_back(
          {"autostart", State::warning,
           fmt::format("the desktop starts gnome-keyring ({}), which takes the name first", path),
           fmt::format(
               "mkdir -p {0}/autostart; (cat {1}; echo Hidden=true) > {0}/autostart/{2}; log "
               "in again",
               machine.config_home, path, kFile)});
    break;  // the first of that name counts
  }
  const auto kde = is_plasma(machine) ? kde_service(machine) : std::nullopt;
  if (kde && !is_off(machine, kde->group, kde->key) && !is_off(machine, "Wallet", "Enabled"))
    found.push_back({"autostart", State::warning,
                     fmt::format("{} serves secrets here too", kde->name),
                     fmt::format("{} --file kwalletrc --group {} --key {} false; log in again",
                                 kde->tool, kde->group, kde->key)});
  return found;
}

}  // namespace cli
