#include "cli/doctor/machine.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "base/unique_fd.h"

namespace cli {
namespace {

std::string variable(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value && *value ? value : otherwise;
}

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

}  // namespace

Machine Machine::here() {
  Machine machine;
  const std::string home = variable("HOME", "/");
  machine.config_home = variable("XDG_CONFIG_HOME", home + "/.config");
  machine.data_home = variable("XDG_DATA_HOME", home + "/.local/share");
  machine.runtime = variable("XDG_RUNTIME_DIR", "/run/user/" + std::to_string(::getuid()));
  machine.config_dirs = words_of(variable("XDG_CONFIG_DIRS", "/etc/xdg"), ':');
  machine.data_dirs = words_of(variable("XDG_DATA_DIRS", "/usr/local/share:/usr/share"), ':');
  std::string desktop = variable("XDG_CURRENT_DESKTOP", "");
  for (char& c : desktop)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  machine.desktops = words_of(desktop, ':');
  return machine;
}

bool Machine::exists(const std::string& path) const {
  return ::access((root + path).c_str(), F_OK) == 0;
}

bool Machine::is_program(const std::string& path) const {
  return ::access((root + path).c_str(), X_OK) == 0;
}

std::optional<std::string> Machine::read(const std::string& path) const {
  constexpr std::size_t kMost = 1024 * 1024;
  const base::UniqueFd file(
      ::open((root + path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return std::nullopt;
  std::string text;
  char some[16 * 1024];
  while (text.size() <= kMost) {
    const ssize_t got = ::read(file.get(), some, sizeof some);
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(some, static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

std::vector<std::string> Machine::list(const std::string& folder) const {
  constexpr std::size_t kMost = 4096;
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir((root + folder).c_str()), ::closedir);
  if (!open) return names;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && names.size() < kMost) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Machine::link(const std::string& path) const {
  char target[PATH_MAX];
  const ssize_t length = ::readlink((root + path).c_str(), target, sizeof target);
  return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : std::string();
}

std::vector<std::string> Machine::all_data() const {
  std::vector<std::string> all{data_home};
  all.insert(all.end(), data_dirs.begin(), data_dirs.end());
  return all;
}

std::vector<std::string> Machine::all_config() const {
  std::vector<std::string> all{config_home};
  all.insert(all.end(), config_dirs.begin(), config_dirs.end());
  return all;
}

std::optional<std::string> ini_value(const std::string& text, const std::string& group,
                                     const std::string& key) {
  std::optional<std::string> value;
  std::istringstream lines(text);
  bool in_group = false;
  for (std::string line; std::getline(lines, line);) {
    line = trimmed(line);
    if (line.starts_with('[')) in_group = line == "[" + group + "]";
    const std::size_t equals = line.find('=');
    if (!in_group || equals == std::string::npos || line.starts_with('#')) continue;
    if (trimmed(line.substr(0, equals)) == key) value = trimmed(line.substr(equals + 1));
  }
  return value;
}

std::vector<std::string> words_of(const std::string& list, char separator) {
  std::vector<std::string> words;
  std::istringstream all(list);
  for (std::string word; std::getline(all, word, separator);)
    if (!word.empty()) words.push_back(word);
  return words;
}

}  // namespace cli
