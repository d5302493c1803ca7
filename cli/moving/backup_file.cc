#include "cli/moving/backup_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/moving/helper.h"
#include "cli/moving/whole_file.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace cli {

base::Result<transfer::Backup> open_backup(const std::string& path, int password_fd) {
  constexpr int kTries = 3;
  auto file = open_file(path);
  if (!file) return base::fail(file.error());
  for (int tries = 1;; ++tries) {
    auto password = read_password(
        fmt::format("{}Password or recovery key of {}", tries > 1 ? "That was wrong. " : "", path),
        password_fd);
    if (!password) return base::fail(password.error());
    ::lseek(file->get(), 0, SEEK_SET);
    auto backup = read_backup_file(file->get(), *password);
    const bool again = !backup && backup.error().code == base::Code::wrong_password &&
                       is_terminal(password_fd) && tries < kTries;
    if (backup) return backup;
    if (!again)
      return base::fail(backup.error().code, fmt::format("{}: {}", path, backup.error().what));
  }
}

std::vector<std::string> aliases_in(const transfer::Backup& backup, std::size_t collection) {
  std::vector<std::string> found;
  for (const transfer::Alias& alias : backup.aliases)
    if (alias.collection == collection) found.push_back(alias.name.value);
  return found;
}

Json json_of(const transfer::Backup& backup, const std::string& path) {
  Json collections = Json::array(), applications = Json::array();
  for (std::size_t i = 0; i < backup.collections.size(); ++i)
    collections.push_back({{"label", backup.collections[i].start.label.value},
                           {"aliases", aliases_in(backup, i)},
                           {"items", backup.collections[i].records.size()},
                           {"created", json_time(backup.collections[i].start.created)},
                           {"modified", json_time(backup.collections[i].start.modified)}});
  for (const transfer::Keyring& keyring : backup.keyrings)
    applications.push_back(
        {{"application", keyring.application.value}, {"bytes", keyring.file.value.size()}});
  return {{"file", path},
          {"created", json_time(backup.created)},
          {"collections", std::move(collections)},
          {"applications", std::move(applications)}};
}

void print_summary(const transfer::Backup& backup) {
  fmt::print("made {} ({})\n", iso_time(backup.created), relative_time(backup.created));
  Table collections({"COLLECTION", "ITEMS", "ALIASES", "MODIFIED"});
  for (std::size_t i = 0; i < backup.collections.size(); ++i) {
    const transfer::Document& each = backup.collections[i];
    std::string aliases;
    for (const std::string& alias : aliases_in(backup, i))
      aliases += (aliases.empty() ? "" : ", ") + alias;
    collections.add({{each.start.label.value, Style::strong},
                     std::to_string(each.records.size()),
                     aliases,
                     relative_time(each.start.modified)});
  }
  collections.print();
  Table applications({"APPLICATION", "BYTES OF ITS KEYRING"});
  for (const transfer::Keyring& keyring : backup.keyrings)
    applications.add(
        {{keyring.application.value, Style::strong}, std::to_string(keyring.file.value.size())});
  applications.print();
}

}  // namespace cli
