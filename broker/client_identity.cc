#include "broker/client_identity.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "broker/proc.h"

namespace broker {
namespace {

constexpr std::array<std::string_view, 10> kInterpreters = {
    "python", "perl", "ruby", "node", "bash", "dash", "gjs", "java", "php", "lua"};

std::string file_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == path.npos ? path : path.substr(slash + 1));
}

bool is_interpreter(std::string_view program) {
  return program == "sh" ||
         std::any_of(kInterpreters.begin(), kInterpreters.end(),
                     [&](std::string_view known) { return program.starts_with(known); });
}

}  // namespace

std::string flatpak_name(const std::string& info) {
  bool in_group = false;
  std::string_view rest = info;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with('[')) in_group = line == "[Application]";
    if (in_group && line.starts_with("name=")) return std::string(line.substr(5));
  }
  return {};
}

std::string script_name(const std::string& command_line) {
  std::string_view rest = command_line;
  for (bool first = true; !rest.empty(); first = false) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    const std::string_view argument = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (argument == "-c" || argument == "-e" || argument == "-m") return {};
    if (!first && !argument.empty() && !argument.starts_with('-')) return file_name(argument);
  }
  return {};
}

std::string printable(const std::string& name, std::size_t most) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    // Only ASCII: anything else could look like something else, or turn the text around.
    const bool fine =
        byte > 0x20 && byte < 0x7f && std::string_view("\"'<>&").find(c) == std::string_view::npos;
    out += fine ? c : c == ' ' ? ' ' : '?';
    if (out.size() == most) break;
  }
  return out;
}

Identity identity_of(std::uint32_t pid) {
  if (pid == 0) return {};
  const std::string path = executable_of(pid);
  Identity identity{{}, {printable(path, 512)}};
  identity.program = {printable(flatpak_name(proc_file(pid, "root/.flatpak-info")))};
  if (!identity.program.value.empty()) return identity;
  const std::string command_line = proc_file(pid, "cmdline");
  std::string program = file_name(path);
  // Of a process that hides its executable, the name that it was started by can still be read.
  if (program.empty()) program = file_name(command_line.substr(0, command_line.find('\0')));
  const std::string script = is_interpreter(program) ? script_name(command_line) : std::string();
  identity.program = {printable(script.empty() ? program : script)};
  return identity;
}

}  // namespace broker
