#include "broker/configuration.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

// toml++ asserts, or with NDEBUG even assumes, what a wrong file does not keep ("[$"), just before
// it tells such a file apart by itself.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace broker {
namespace {

constexpr std::size_t kMaxSize = 64 * 1024;

// Each returns what the value should have been, or null when it was taken.
using Take = const char* (*)(const toml::node&, Configuration&);

bool take_number(const toml::node& node, std::int64_t least, std::int64_t most,
                 std::uint32_t& into) {
  const auto value = node.value_exact<std::int64_t>();
  if (!value || *value < least || *value > most) return false;
  into = static_cast<std::uint32_t>(*value);
  return true;
}

// true, false, "on" or "off", or the two words that fit the key better.
bool take_switch(const toml::node& node, std::string_view on, std::string_view off, bool& into) {
  if (const auto value = node.value_exact<bool>()) return into = *value, true;
  const auto word = node.value_exact<std::string>();
  if (!word || (*word != on && *word != off)) return false;
  into = *word == on;
  return true;
}

struct Key {
  std::string_view section;
  std::string_view name;
  Take take;
};

constexpr const char* kTrueOrFalse = "true or false (or \"on\", \"off\")";

constexpr std::array kKeys = {
    Key{"pam", "socket",
        [](const toml::node& node, Configuration& c) -> const char* {
          return take_switch(node, "on", "off", c.login_socket) ? nullptr : kTrueOrFalse;
        }},
    Key{"pam", "gnome-keyring-socket",
        [](const toml::node& node, Configuration& c) -> const char* {
          return take_switch(node, "on", "off", c.gnome_keyring_socket) ? nullptr : kTrueOrFalse;
        }},
    Key{"import", "login",
        [](const toml::node& node, Configuration& c) -> const char* {
          return take_switch(node, "on", "off", c.import_login) ? nullptr : kTrueOrFalse;
        }},
    Key{"prompt", "pinentry",
        [](const toml::node& node, Configuration& c) -> const char* {
          const auto value = node.value_exact<std::string>();
          if (!value || (*value != "auto" && *value != "none" && !value->starts_with('/')))
            return "\"auto\", \"none\" or a program's path, from the root on";
          c.pinentry = *value;
          return nullptr;
        }},
    Key{"portal", "host-apps",
        [](const toml::node& node, Configuration& c) -> const char* {
          return !node.is_boolean() && take_switch(node, "allow", "deny", c.portal_host_apps)
                     ? nullptr
                     : "\"allow\" or \"deny\"";
        }},
    Key{"kdf", "passes",
        [](const toml::node& node, Configuration& c) -> const char* {
          return take_number(node, 1, 64, c.settings.kdf_passes) ? nullptr
                                                                 : "a whole number from 1 to 64";
        }},
    Key{"kdf", "memory-kib",
        [](const toml::node& node, Configuration& c) -> const char* {
          return take_number(node, 8192, 1024 * 1024, c.settings.kdf_memory_kib)
                     ? nullptr
                     : "a whole number from 8192 to 1048576";
        }},
    Key{"search", "locked",
        [](const toml::node& node, Configuration& c) -> const char* {
          return take_switch(node, "on", "off", c.settings.locked_search) ? nullptr : kTrueOrFalse;
        }},
    Key{"sessions", "plain",
        [](const toml::node& node, Configuration& c) -> const char* {
          return !node.is_boolean() && take_switch(node, "allow", "deny", c.settings.plain_sessions)
                     ? nullptr
                     : "\"allow\" or \"deny\"";
        }},
    Key{"session", "backing",
        [](const toml::node& node, Configuration& c) -> const char* {
          using Backing = Configuration::SessionBacking;
          const auto value = node.value_exact<std::string>();
          if (!value || (*value != "memory" && *value != "kernel"))
            return "\"memory\" or \"kernel\"";
          c.session_backing = *value == "kernel" ? Backing::kernel : Backing::memory;
          return nullptr;
        }},
    Key{"sandbox", "require",
        [](const toml::node& node, Configuration& c) -> const char* {
          return take_switch(node, "on", "off", c.require_sandbox) ? nullptr : kTrueOrFalse;
        }},
    Key{"memory", "secretmem",
        [](const toml::node& node, Configuration& c) -> const char* {
          bool on = false;
          const bool is_switch = take_switch(node, "on", "off", on);
          if (!is_switch && node.value_exact<std::string>() != "auto")
            return "\"auto\", true or false (or \"on\", \"off\")";
          using Kind = Configuration::SecretMemory;
          c.secret_memory = !is_switch ? Kind::automatic : on ? Kind::on : Kind::off;
          return nullptr;
        }},
    Key{"memory", "require-locked",
        [](const toml::node& node, Configuration& c) -> const char* {
          return take_switch(node, "on", "off", c.require_locked) ? nullptr : kTrueOrFalse;
        }},
};

base::Failure<base::Error> wrong(const std::string& path, const toml::source_region& where,
                                 std::string_view what) {
  return base::fail(base::Code::invalid,
                    fmt::format("{}, line {}: {}", path, where.begin.line, what));
}

// "known: a, b" of one section, or of the sections when there is no such section.
std::string known_in(std::string_view section) {
  std::string keys, sections;
  for (const Key& key : kKeys) {
    if (key.section == section) keys += fmt::format("{}{}", keys.empty() ? "" : ", ", key.name);
    if (sections.find(key.section) == std::string::npos)
      sections += fmt::format("{}[{}]", sections.empty() ? "" : ", ", key.section);
  }
  return keys.empty() ? sections : keys;
}

base::Outcome take_section(const std::string& path, std::string_view section,
                           const toml::table& table, Configuration& configuration) {
  for (const auto& [name, node] : table) {
    const auto key = std::find_if(kKeys.begin(), kKeys.end(), [&, n = name.str()](const Key& k) {
      return k.section == section && k.name == n;
    });
    const std::string full = fmt::format("{}.{}", section, name.str());
    if (key == kKeys.end())
      return wrong(path, name.source(),
                   fmt::format("unknown key {} (known: {})", full, known_in(section)));
    if (const char* expected = key->take(node, configuration))
      return wrong(path, node.source(), fmt::format("{} must be {}", full, expected));
  }
  return base::Ok{};
}

// The text without what is in comments of their own lines. Other lines are ASCII: toml++ 3.3 does
// undefined things with a letter such as e acute outside of quotes.
base::Result<std::string> without_comments(std::string_view text, const std::string& path) {
  std::string out;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    std::string_view taken = text.substr(0, end);
    text.remove_prefix(end);
    const std::size_t first = taken.find_first_not_of(" \t");
    if (first != std::string_view::npos && taken[first] == '#') taken = "\n";
    if (std::any_of(taken.begin(), taken.end(), [](char c) { return (c & 0x80) != 0; }))
      return base::fail(base::Code::invalid,
                        fmt::format("{}, line {}: other letters than ASCII belong into comments "
                                    "on lines of their own",
                                    path, line));
    out += taken;
  }
  return out;
}

// Nothing when there is no such file.
base::Result<std::optional<std::string>> read_file(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid() && (errno == ENOENT || errno == ENOTDIR)) return std::optional<std::string>{};
  struct stat status {};
  if (!fd.valid() || ::fstat(fd.get(), &status) < 0)
    return base::system_failure(errno, fmt::format("cannot read {}", path));
  if (!S_ISREG(status.st_mode))
    return base::fail(base::Code::invalid, fmt::format("{} is not a regular file", path));
  std::string text(kMaxSize + 1, '\0');
  std::size_t used = 0;
  for (ssize_t got = 1; got > 0 && used < text.size();) {
    got = ::read(fd.get(), text.data() + used, text.size() - used);
    if (got < 0) return base::system_failure(errno, fmt::format("cannot read {}", path));
    used += static_cast<std::size_t>(got);
  }
  if (used > kMaxSize)
    return base::fail(base::Code::limits_exceeded, fmt::format("{} is larger than 64 KiB", path));
  text.resize(used);
  return std::optional(std::move(text));
}

std::vector<std::string> default_files() {
  std::vector<std::string> files;
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if (config && config[0] == '/')  // the XDG specification ignores relative paths
    files.push_back(std::string(config) + "/coffer/coffer.toml");
  else if (home && home[0] == '/')
    files.push_back(std::string(home) + "/.config/coffer/coffer.toml");
  files.emplace_back("/etc/coffer/coffer.toml");
  return files;
}

}  // namespace

base::Result<Configuration> parse_configuration(std::string_view text, const std::string& path) {
  const auto ascii = without_comments(text, path);
  if (!ascii) return base::fail(ascii.error());
  const toml::parse_result parsed = toml::parse(*ascii);
  if (!parsed) return wrong(path, parsed.error().source(), parsed.error().description());
  Configuration configuration;
  for (const auto& [name, node] : parsed.table()) {
    const std::string_view section = name.str();
    const bool known = std::any_of(kKeys.begin(), kKeys.end(),
                                   [&](const Key& key) { return key.section == section; });
    if (!known)
      return wrong(path, name.source(),
                   fmt::format("unknown key {} (known: {})", section, known_in(section)));
    const toml::table* table = node.as_table();
    if (!table)
      return wrong(path, node.source(), fmt::format("{} must be a table: [{}]", section, section));
    if (auto taken = take_section(path, section, *table, configuration); !taken)
      return base::fail(taken.error());
  }
  return configuration;
}

base::Result<Configuration> load_configuration(const std::optional<std::string>& file) {
  for (const std::string& path : file ? std::vector{*file} : default_files()) {
    auto text = read_file(path);
    if (!text) return base::fail(text.error());
    if (*text) return parse_configuration(**text, path);
  }
  if (file) return base::fail(base::Code::invalid, fmt::format("there is no file {}", *file));
  return Configuration{};
}

}  // namespace broker
