// coffer restore
#include <fmt/format.h>
#include <unistd.h>

#include "cli/attributes.h"
#include "cli/commands.h"
#include "cli/moving/backup_file.h"
#include "cli/moving/restoring.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/visible.h"

namespace cli {
namespace {

struct Options {
  std::string file;
  bool dry = false;
  bool yes = false;
  int password_fd = STDIN_FILENO;
};

struct Restored {
  std::uint64_t created = 0;  // when the backup was made
  std::vector<CollectionRestore> collections;
  std::vector<KeyringRestore> keyrings;
};

const char* word_for(const KeyringRestore& keyring) {
  if (keyring.error) return "fail";
  switch (keyring.place.kind) {
    case Place::Kind::free:
      break;
    case Place::Kind::same:
      return "skip";
    case Place::Kind::taken:
      return "add-beside";
  }
  return "add";
}

// Who has no terminal means what they say.
base::Outcome check_sure(const Options& options, const transfer::Backup& backup,
                         const std::vector<std::string>& paths) {
  if (options.dry || options.yes || !is_terminal(STDIN_FILENO)) return base::Ok{};
  for (std::size_t i = 0; i < paths.size(); ++i)
    fmt::print(stderr, "  {}: {} items, into {}\n",
               visible(backup.collections[i].start.label.value),
               backup.collections[i].records.size(),
               paths[i].empty() ? "a new collection" : visible(paths[i]));
  for (const transfer::Keyring& keyring : backup.keyrings)
    fmt::print(stderr, "  the keyring of {}\n", visible(keyring.application.value));
  if (!confirm("Restore all of this? Nothing that is there is changed."))
    return base::fail(base::Code::locked, "nothing was restored");
  return base::Ok{};
}

Json json_of(const CollectionRestore& restore, bool dry) {
  Json object = json_of(restore.report, dry);
  object["path"] = restore.path.empty() ? Json(nullptr) : Json(restore.path);
  object["made"] = restore.made;
  object["aliases"] = restore.aliases;
  return object;
}

Json json_of(const KeyringRestore& restore) {
  return {{"application", restore.application},
          {"action", word_for(restore)},
          {"path", restore.place.path.empty() ? Json(nullptr) : Json(restore.place.path)},
          {"error", restore.error ? Json(restore.error->what) : Json(nullptr)}};
}

void print_json_of(const Restored& restored, const Options& options) {
  Json collections = Json::array(), applications = Json::array();
  for (const auto& each : restored.collections) collections.push_back(json_of(each, options.dry));
  for (const auto& each : restored.keyrings) applications.push_back(json_of(each));
  print_json({{"file", options.file},
              {"created", json_time(restored.created)},
              {"dry_run", options.dry},
              {"collections", std::move(collections)},
              {"applications", std::move(applications)}});
}

std::vector<SourceReport> reports_of(const Restored& restored) {
  std::vector<SourceReport> reports;
  for (const CollectionRestore& each : restored.collections) reports.push_back(each.report);
  return reports;
}

std::string words_for(const KeyringRestore& keyring, bool dry) {
  if (keyring.error) return keyring.error->what;
  switch (keyring.place.kind) {
    case Place::Kind::free:
      break;
    case Place::Kind::same:
      return "it is there already";
    case Place::Kind::taken:
      return fmt::format("the application has another: {} beside it, as {}",
                         dry ? "would go" : "was put", keyring.place.path);
  }
  return fmt::format("{} {}", dry ? "would be put back as" : "was put back as", keyring.place.path);
}

void print_for_people(const Restored& restored, bool dry) {
  fmt::print("of a backup made {} ({})\n", iso_time(restored.created),
             relative_time(restored.created));
  print_reports(reports_of(restored), dry);
  for (const CollectionRestore& each : restored.collections)
    if (each.made)
      fmt::print("\"{}\" {}\n", visible(each.report.label), dry ? "would be made" : "was made");
  Table table({"APPLICATION", "ITS KEYRING"});
  for (const KeyringRestore& each : restored.keyrings)
    table.add({{each.application, Style::strong},
               {words_for(each, dry), each.error ? Style::warning : Style::plain}});
  table.print();
}

base::Outcome outcome_of(const Restored& restored) {
  auto outcome = outcome_of(reports_of(restored), "collections could not be restored");
  if (!outcome) return outcome;
  for (const KeyringRestore& each : restored.keyrings)
    if (each.error)
      return base::fail(each.error->code,
                        fmt::format("{}: {}", each.application, each.error->what));
  return base::Ok{};
}

base::Outcome restore(const Options& options, bool json) {
  keep_to_ourselves(options.password_fd);
  if (auto checked = check_text(options.file, "file's name"); !checked) return checked;
  auto backup = open_backup(options.file, options.password_fd);
  if (!backup) return base::fail(backup.error());
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  const auto paths = destinations(*service, *backup);
  if (!paths) return base::fail(paths.error());
  if (auto sure = check_sure(options, *backup, *paths); !sure) return sure;
  Restored restored{backup->created, {}, {}};
  restored.collections = restore_collections(*service, *backup, *paths, options.dry);
  restored.keyrings = restore_keyrings(*backup, options.dry);
  if (json)
    print_json_of(restored, options);
  else
    print_for_people(restored, options.dry);
  return outcome_of(restored);
}

}  // namespace

void add_restore(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, invocation, "restore", "Bring back what a backup holds, and change nothing else",
      {"coffer restore --dry-run secrets.backup", "coffer restore secrets.backup",
       "coffer restore --password-fd 3 secrets.backup 3< password-file"});
  command->add_option("file", options->file, "The file that coffer backup has written")->required();
  command->add_flag("-n,--dry-run", options->dry, "Show what would be done, and do nothing");
  command
      ->add_option("--password-fd", options->password_fd,
                   "Read the password or recovery key there: one line")
      ->check(CLI::Range(0, 1 << 20));
  command->add_flag("-y,--yes", options->yes, "Do not ask on the terminal");
  runs(command, invocation, options, restore);
}

}  // namespace cli
