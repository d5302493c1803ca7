// cofferd, the broker: it starts coffer-vault and coffer-frontend, owns the files, and holds no
// password, key or secret. A login password on standard input is handed to the vault unread.
#include <sys/stat.h>

#include "base/log.h"
#include "broker/supervisor.h"
#include "seccomp/sandbox.h"

namespace {

int refuse(const base::Error& error) {
  base::log::error("{}", error.what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  base::log::start("cofferd");
  if (auto kept = broker::keep_standard_descriptors(); !kept) return refuse(kept.error());
  ::umask(077);
  broker::block_signals();

  const auto options = broker::parse_options(argc, argv);
  if (!options) return options.error();
  const auto configuration = broker::load_configuration(options->config);
  if (!configuration) return refuse(configuration.error());
  std::optional<broker::PinentryLauncher> pinentry;
  if (const std::string program = broker::choose_pinentry(configuration->pinentry);
      !program.empty()) {
    auto launcher = broker::PinentryLauncher::start(program);
    if (!launcher) return refuse(launcher.error());
    pinentry = *std::move(launcher);
  }
  auto directory = broker::DataDirectory::open(options->data_dir);
  if (!directory) return refuse(directory.error());
  base::Result<base::UniqueFd> login = base::UniqueFd();
  if (options->login) login = broker::take_standard_input();
  if (!login) return refuse(login.error());

  // From here on: no network, no tracing, no new privileges; see seccomp/broker.cc.
  if (auto entered = sandbox::enter(sandbox::Role::broker); !entered)
    return refuse(entered.error());

  base::EventLoop loop;
  broker::Supervisor supervisor(loop, *options, *configuration, *std::move(directory),
                                *std::move(login), std::move(pinentry));
  return supervisor.run();
}
