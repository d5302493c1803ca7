// coffer backup
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "cli/attributes.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/moving/applications.h"
#include "cli/moving/backup_file.h"
#include "cli/moving/document.h"
#include "cli/moving/helper.h"
#include "cli/moving/whole_file.h"
#include "cli/random.h"
#include "cli/terminal.h"
#include "transfer/recovery_key.h"

namespace cli {
namespace {

struct Options {
  std::string file;
  bool verify = false;
  bool applications = false;
  bool recovery_key = false;
  bool force = false;
  int password_fd = STDIN_FILENO;
};

// --- What there is ------------------------------------------------------------------------------

struct Gathered {
  transfer::Backup backup;
  std::size_t left_out = 0;  // secrets that the portal keeps for applications
};

bool is_of_the_portal(const transfer::Record& record) {
  const Attributes attributes = attributes_of(record);
  const auto schema = attributes.find("xdg:schema");
  if (schema != attributes.end() && schema->second == "org.freedesktop.portal.Secret") return true;
  // oo7's has no schema.
  return schema == attributes.end() && attributes.contains("app_id");
}

// The paths of those that last, unlocked.
base::Result<std::vector<std::string>> open_collections(SecretService& service) {
  auto paths = service.collections();
  if (!paths) return paths;
  if (const auto passing = service.read_alias("session")) std::erase(*paths, *passing);
  if (auto unlocked = service.unlock(*paths); !unlocked) return base::fail(unlocked.error());
  return paths;
}

base::Outcome add_collection(SecretService& service, const std::string& path, bool applications,
                             Gathered& gathered) {
  auto document = document_of(service, path);
  if (!document) return base::fail(document.error());
  if (!applications) gathered.left_out += std::erase_if(document->records, is_of_the_portal);
  const auto aliases = aliases_of(service, path);
  if (!aliases) return base::fail(aliases.error());
  const auto number = static_cast<std::uint32_t>(gathered.backup.collections.size());
  for (const std::string& alias : *aliases) gathered.backup.aliases.push_back({number, {alias}});
  gathered.backup.collections.push_back(*std::move(document));
  return base::Ok{};
}

base::Outcome add_keyring(const std::string& application, transfer::Backup& backup) {
  const auto file = open_keyring_of(application);
  if (!file) return base::fail(file.error());
  const auto content = read_input(file->get());
  if (!content)
    return base::fail(content.error().code,
                      fmt::format("{}: {}", keyring_path_of(application), content.error().what));
  backup.keyrings.push_back({{application}, {base::copy_of(content->view())}});
  return base::Ok{};
}

base::Result<Gathered> gather(SecretService& service, bool applications) {
  auto paths = open_collections(service);
  if (!paths) return base::fail(paths.error());
  Gathered gathered;
  gathered.backup.created = static_cast<std::uint64_t>(std::time(nullptr));
  for (const std::string& path : *paths)
    if (auto added = add_collection(service, path, applications, gathered); !added)
      return base::fail(added.error());
  if (!applications) return gathered;
  for (const std::string& application : applications_with_keyrings())
    if (auto added = add_keyring(application, gathered.backup); !added)
      return base::fail(added.error());
  return gathered;
}

// --- Writing it ---------------------------------------------------------------------------------

base::Result<Secret> new_password(const Options& options) {
  if (options.recovery_key) {
    transfer::RecoveryKey key;
    fill_random(key);
    return Secret(transfer::text_of(key));
  }
  auto password = read_new_password("Password of the backup", options.password_fd);
  if (password && password->empty())
    return base::fail(
        base::Code::invalid,
        "the backup needs a password: type one, or see --password-fd and --recovery-key");
  return password;
}

base::Outcome announce(const Options& options, const Gathered& gathered, const Secret& password,
                       bool json) {
  if (json) {
    Json object = json_of(gathered.backup, options.file);
    object["left_out"] = gathered.left_out;
    if (options.recovery_key) object["recovery_key"] = password.text();
    print_json(object);
  } else if (options.recovery_key) {
    fmt::print("{}\n", password.text());
    fmt::print(
        stderr,
        "This recovery key opens the backup, and nothing else does. Write it down: it is not "
        "shown again.\n");
  }
  if (gathered.left_out > 0)
    fmt::print(stderr,
               "{} secrets of sandboxed applications are left out: --applications takes them, and "
               "the applications' keyrings\n",
               gathered.left_out);
  if (std::fflush(stdout) != 0) return base::system_failure(errno, "standard output");
  return base::Ok{};
}

base::Outcome make(const Options& options, bool json) {
  if (!options.force)
    if (auto absent = check_absent(options.file); !absent) return absent;
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto password = new_password(options);
  if (!password) return base::fail(password.error());
  auto gathered = gather(*service, options.applications);
  if (!gathered) return base::fail(gathered.error());
  using transfer::Operation;
  auto content = write_backup_file(
      options.recovery_key ? Operation::write_recovery_backup : Operation::write_backup, *password,
      gathered->backup);
  if (!content) return base::fail(content.error());
  // A key that nobody has seen must not be the only one to what replaces an older backup.
  if (auto shown = announce(options, *gathered, *password, json); !shown) return shown;
  return write_whole_file(options.file, *content, options.force);
}

base::Outcome verify(const Options& options, bool json) {
  auto backup = open_backup(options.file, options.password_fd);
  if (!backup) return base::fail(backup.error());
  if (json)
    print_json(json_of(*backup, options.file));
  else
    print_summary(*backup);
  return base::Ok{};
}

base::Outcome backup(const Options& options, bool json) {
  keep_to_ourselves(options.password_fd);
  if (auto checked = check_text(options.file, "file's name"); !checked) return checked;
  return options.verify ? verify(options, json) : make(options, json);
}

}  // namespace

void add_backup(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, invocation, "backup", "Write all collections into one encrypted file, or check one",
      {"coffer backup secrets.backup", "coffer backup --recovery-key --applications secrets.backup",
       "coffer backup --force --password-fd 3 secrets.backup 3< password-file",
       "coffer backup --verify secrets.backup"});
  command->add_option("file", options->file, "The file")->required();
  CLI::Option* verify = command->add_flag("--verify", options->verify,
                                          "Read the file to its end, and show what is inside");
  command
      ->add_flag("--applications", options->applications,
                 "Take the secrets and keyrings of sandboxed applications too")
      ->excludes(verify);
  command
      ->add_flag("--recovery-key", options->recovery_key,
                 "Make up a key that opens it, and show that once, instead of a password")
      ->excludes(verify);
  command->add_option("--password-fd", options->password_fd, "Read the password there: one line")
      ->check(CLI::Range(0, 1 << 20));
  command->add_flag("--force", options->force, "Replace the file if it is there already")
      ->excludes(verify);
  runs(command, invocation, options, backup);
}

}  // namespace cli
