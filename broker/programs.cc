#include "broker/programs.h"

#include <fstream>

namespace broker {
namespace {

// A memfd_secret anywhere turns hibernation off, so "auto" takes it where nothing is lost: the
// kernel's list of sleep states has no "disk".
bool wants_secret_memory(Configuration::SecretMemory wish) {
  if (wish != Configuration::SecretMemory::automatic)
    return wish == Configuration::SecretMemory::on;
  std::ifstream states("/sys/power/state");
  for (std::string state; states >> state;)
    if (state == "disk") return false;
  return true;
}

}  // namespace

base::Result<Programs> find_programs(const Options& options, const Configuration& configuration) {
  auto vault = find_program("coffer-vault");
  if (!vault) return base::fail(vault.error());
  auto frontend = find_program("coffer-frontend");
  if (!frontend) return base::fail(frontend.error());
  Programs programs{{.name = "coffer-vault",
                     .path = *std::move(vault),
                     .role = sandbox::Role::vault,
                     .arguments = {},
                     .passed_environment = {"JOURNAL_STREAM"}},
                    {.name = "coffer-frontend",
                     .path = *std::move(frontend),
                     .role = sandbox::Role::frontend,
                     .arguments = {},
                     .passed_environment = {"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR",
                                            "JOURNAL_STREAM", "XDG_CURRENT_DESKTOP"}},
                    {}};
  if (auto formats = find_program("coffer-formats"))
    programs.formats = Program{.name = "coffer-formats",
                               .path = *std::move(formats),
                               .role = sandbox::Role::formats,
                               .arguments = {},
                               .passed_environment = {}};
  if (wants_secret_memory(configuration.secret_memory))
    programs.vault.arguments.emplace_back("--secret-memory");
  if (options.replace) programs.frontend.arguments.emplace_back("--replace");
  if (configuration.portal_host_apps)
    programs.frontend.arguments.emplace_back("--portal-host-apps");
  return programs;
}

std::vector<sandbox::Path> paths_of(const Programs& programs, const std::string& data_directory) {
  std::vector<sandbox::Path> paths{{data_directory, sandbox::Access::write},
                                   {programs.vault.path, sandbox::Access::execute},
                                   {programs.frontend.path, sandbox::Access::execute},
                                   {loader_path(), sandbox::Access::execute}};
  if (programs.formats) paths.push_back({programs.formats->path, sandbox::Access::execute});
  return paths;
}

}  // namespace broker
