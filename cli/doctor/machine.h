// Where the checks look: this machine, or a tree that stands for one.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace cli {

struct Machine {
  std::string root = {};  // in front of every path below; empty: this machine
  std::string config_home = "/home/user/.config";
  std::string data_home = "/home/user/.local/share";
  std::string runtime = "/run/user/1000";
  std::vector<std::string> config_dirs = {"/etc/xdg"};
  std::vector<std::string> data_dirs = {"/usr/local/share", "/usr/share"};
  std::vector<std::string> desktops = {};  // XDG_CURRENT_DESKTOP, in lower case

  // By the environment, as the XDG base directory specification has it.
  static Machine here();

  bool exists(const std::string& path) const;
  // The program can be executed.
  bool is_program(const std::string& path) const;
  // Nothing when it cannot be read, or is longer than 1 MiB.
  std::optional<std::string> read(const std::string& path) const;
  // Names in a folder, sorted; at most 4096 of them.
  std::vector<std::string> list(const std::string& folder) const;
  // Where a symbolic link points; empty when it is none.
  std::string link(const std::string& path) const;

  // Data folders in the order of their precedence, the user's first.
  std::vector<std::string> all_data() const;
  std::vector<std::string> all_config() const;
};

// The last value of `key` in the group [GROUP] of a desktop file or one like it; nothing when there
// is none.
std::optional<std::string> ini_value(const std::string& text, const std::string& group,
                                     const std::string& key);

// The words of a list, "a;b;" or "a:b", without empty ones.
std::vector<std::string> words_of(const std::string& list, char separator);

}  // namespace cli
