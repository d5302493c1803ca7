#include "pam/options.h"

#include <algorithm>
#include <iterator>

namespace pam {
namespace {

// Others' accounts, jobs without a person, and systemd-user, whose session is being opened while
// the daemon cannot have been started yet.
constexpr const char* kNeverUnasked[] = {"su",    "su-l", "sudo",         "sudo-i",  "cron",
                                         "crond", "atd",  "systemd-user", "polkit-1"};

bool names(std::string_view list, std::string_view service) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (std::string_view(list.data(), comma) == service) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// The value of "name=value", when it is one.
bool has_value(std::string_view argument, std::string_view name, std::string_view& value) {
  if (!argument.starts_with(name)) return false;
  argument.remove_prefix(name.size());
  value = argument;
  return !value.empty();
}

bool parse_timeout(std::string_view digits, int& timeout) {
  int value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return false;
    value = value * 10 + (digit - '0');
    if (value > kMaxTimeout) return false;
  }
  if (value == 0) return false;
  timeout = value;
  return true;
}

bool parse(const char* text, Options& options) {
  const std::string_view argument(text);
  std::string_view value;
  if (argument == "auto_start") return options.auto_start = true;
  if (argument == "debug") return options.debug = true;
  if (argument == "use_authtok") return true;  // for those used to it: we never ask anyway
  if (has_value(argument, "only_if=", value)) return options.only_if = value, true;
  if (has_value(argument, "skip=", value)) return options.skip = value, true;
  if (has_value(argument, "timeout=", value)) return parse_timeout(value, options.timeout);
  if (has_value(argument, "daemon=", value) && value.starts_with('/'))
    return options.daemon = value.data(), true;
  return false;
}

}  // namespace

Options parse_options(std::span<const char* const> arguments) {
  Options options;
  for (const char* argument : arguments)
    if (!parse(argument, options) && !options.mistake) options.mistake = argument;
  return options;
}

bool serves(const Options& options, std::string_view service) {
  if (names(options.skip, service)) return false;
  if (!options.only_if.empty()) return names(options.only_if, service);
  return std::ranges::find(kNeverUnasked, service) == std::end(kNeverUnasked);
}

}  // namespace pam
