// cofferd, the broker: it starts coffer-vault and coffer-frontend, owns the files, and holds no
// password, key or secret. A login password on standard input is handed to the vault unread.
#include <sys/stat.h>

#include "base/log.h"
#include "broker/check_command.h"
#include "broker/login_socket.h"
#include "broker/supervisor.h"

namespace {

int refuse(const base::Error& error) {
  base::log::error("{}", error.what);
  return 1;
}

base::Result<std::optional<broker::PinentryLauncher>> start_launcher(
    const broker::Configuration& configuration) {
  const std::string program = broker::choose_pinentry(configuration.pinentry);
  if (program.empty()) return std::optional<broker::PinentryLauncher>();
  auto launcher = broker::PinentryLauncher::start(program);
  if (!launcher) return base::fail(launcher.error());
  return std::optional(*std::move(launcher));
}

// The descriptor of the password that opens the collection `login`; empty when there is none.
base::Result<base::UniqueFd> take_login(const broker::Options& options) {
  if (options.login) return broker::take_standard_input();
  for (const char* name : {"coffer.keyring-encryption-password", "oo7.keyring-encryption-password"})
    if (base::UniqueFd found = broker::open_credential(name); found.valid()) return found;
  return base::UniqueFd();
}

std::optional<broker::KernelKeyring> open_keyring(const broker::Configuration& configuration,
                                                  const std::string& data_directory) {
  if (configuration.session_backing == broker::Configuration::SessionBacking::memory)
    return std::nullopt;
  auto keyring = broker::KernelKeyring::open(broker::KernelKeyring::name_for(data_directory));
  if (!keyring) {
    base::log::warning("{}", keyring.error().what);
    return std::nullopt;
  }
  return *std::move(keyring);
}

}  // namespace

int main(int argc, char** argv) {
  base::log::start("cofferd");
  if (auto opened = broker::open_standard_descriptors(); !opened) return refuse(opened.error());
  auto manager = broker::ServiceManager::find();
  ::umask(077);
  broker::block_signals();

  const auto options = broker::parse_options(argc, argv);
  if (!options) return options.error();
  if (options->check) return broker::check_and_print(*options);
  const auto configuration = broker::load_configuration(options->config);
  if (!configuration) return refuse(configuration.error());
  auto programs = broker::find_programs(*options, *configuration);
  if (!programs) return refuse(programs.error());

  // What stays outside, before anything is open that it would inherit.
  auto identifier = broker::Identifier::start();
  if (!identifier) return refuse(identifier.error());
  auto pinentry = start_launcher(*configuration);
  if (!pinentry) return refuse(pinentry.error());

  auto directory = broker::DataDirectory::open(options->data_dir);
  if (!directory) return refuse(directory.error());
  auto login = take_login(*options);
  if (!login) return refuse(login.error());
  auto login_import =
      broker::LoginImport::prepare(*directory, configuration->import_login, programs->formats);
  auto keyring = open_keyring(*configuration, directory->path());
  auto login_sockets = broker::open_login_sockets(*configuration, manager);

  // From here on: no file but the data, no network, no tracing; see seccomp/broker.cc.
  const auto role = keyring ? sandbox::Role::broker_with_keys : sandbox::Role::broker;
  const auto confinement =
      sandbox::close(role, broker::paths_of(*programs, directory->path()), true);
  if (!confinement) return refuse(confinement.error());

  base::EventLoop loop;
  broker::Supervisor supervisor(
      loop, *options, *configuration,
      {*std::move(programs), *std::move(directory), *std::move(login), *std::move(identifier),
       *std::move(pinentry), std::move(login_sockets), std::move(login_import), std::move(keyring),
       std::move(manager), confinement->landlock});
  return supervisor.run();
}
