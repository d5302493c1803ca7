// coffer unlock, coffer passwd
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/json.h"
#include "cli/terminal.h"

namespace cli {
namespace {

constexpr const char* kFromInput =
    "Take the password from the terminal, or from a line of standard input: no prompt";

struct Options {
  std::string collection = kDefaultCollection;
  bool from_input = false;
};

base::Outcome unlock(const Options& options, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto path = find_collection(*service, options.collection);
  if (!path) return base::fail(path.error());
  if (options.from_input) {
    auto password = read_password("Password");
    if (!password) return base::fail(password.error());
    if (auto unlocked = service->unlock(*path, *password); !unlocked) return unlocked;
  } else if (auto unlocked = service->unlock({*path}); !unlocked) {
    return unlocked;
  }
  if (json) print_json({{"path", *path}, {"locked", false}});
  return base::Ok{};
}

base::Outcome change_password(SecretService& service, const std::string& path) {
  auto old = read_password("Password now");
  if (!old) return base::fail(old.error());
  auto wanted = read_new_password("New password");
  if (!wanted) return base::fail(wanted.error());
  return service.change_password(path, *old, *wanted);
}

base::Outcome passwd(const Options& options, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto path = find_collection(*service, options.collection);
  if (!path) return base::fail(path.error());
  auto changed =
      options.from_input ? change_password(*service, *path) : service->change_password(*path);
  if (changed && json) print_json({{"path", *path}});
  return changed;
}

}  // namespace

void add_password_commands(CLI::App& app, Invocation& invocation) {
  auto unlocked = std::make_shared<Options>();
  CLI::App* command = add_command(app, invocation, "unlock", "Unlock a collection",
                                  {"coffer unlock", "coffer unlock login --stdin < password-file"});
  command->add_option("collection", unlocked->collection, "Path, alias, name or label");
  command->add_flag("--stdin", unlocked->from_input, kFromInput);
  runs(command, invocation, unlocked, unlock);

  auto changed = std::make_shared<Options>();
  command = add_command(app, invocation, "passwd", "Change a collection's password",
                        {"coffer passwd", R"(coffer passwd "Work things" --stdin)"});
  command->add_option("collection", changed->collection, "Path, alias, name or label");
  command->add_flag("--stdin", changed->from_input,
                    "Take the old password, then the new one, from the terminal or from two lines "
                    "of standard input");
  runs(command, invocation, changed, passwd);
}

}  // namespace cli
