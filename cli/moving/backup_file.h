// Backups, for the commands that make them, look into them and restore them.
#pragma once

#include <string>
#include <vector>

#include "cli/json.h"
#include "transfer/backup.h"

namespace cli {

// Reads all of a backup. Its password or recovery key comes from `password_fd`: a terminal is asked
// at most three times, of anything else it is one line. Fails as backup::open() does.
base::Result<transfer::Backup> open_backup(const std::string& path, int password_fd);

// The aliases of one of its collections.
std::vector<std::string> aliases_in(const transfer::Backup& backup, std::size_t collection);

// What is inside, without a secret.
Json json_of(const transfer::Backup& backup, const std::string& path);
void print_summary(const transfer::Backup& backup);

}  // namespace cli
