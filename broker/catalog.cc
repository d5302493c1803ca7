#include "broker/catalog.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"

namespace broker {
namespace {

constexpr char kFile[] = "catalog.db";

}  // namespace

base::Result<Catalog> Catalog::open(const std::string& folder) {
  const std::string path = fmt::format("{}/{}", folder, kFile);
  if (::access(path.c_str(), F_OK) < 0) {
    auto created = create_versioned(folder, kFile, kCatalogFormat,
                                    [](Database&) -> base::Outcome { return base::Ok{}; });
    if (!created) return base::fail(created.error());
  }
  auto database = open_versioned(path, kCatalogFormat);
  if (!database) return base::fail(database.error());
  return Catalog(*std::move(database));
}

base::Result<std::vector<ipc::Alias>> Catalog::aliases() {
  auto statement = database_.prepare(fmt::format(
      "SELECT alias, collection FROM aliases WHERE length(CAST(alias AS BLOB)) <= 128 AND "
      "length(CAST(collection AS BLOB)) <= 128 LIMIT {}",
      kMaxAliases));
  if (!statement) return base::fail(statement.error());
  std::vector<ipc::Alias> aliases;
  for (;;) {
    auto row = statement->step();
    if (!row) return base::fail(row.error().code, "cannot read the aliases: " + row.error().what);
    if (!*row) return aliases;
    ipc::Alias alias{{std::string(statement->text(0))}, {std::string(statement->text(1))}};
    if (ipc::Codec<ipc::Alias>::fits(alias)) aliases.push_back(std::move(alias));
  }
}

base::Outcome Catalog::set(const std::string& alias, const std::string& collection) {
  auto now = aliases();
  if (!now) return base::fail(now.error());
  const bool known = std::any_of(now->begin(), now->end(),
                                 [&](const ipc::Alias& each) { return each.name.value == alias; });
  if (!known && now->size() >= kMaxAliases)
    return base::fail(base::Code::limits_exceeded, "there are too many aliases");
  return change("INSERT OR REPLACE INTO aliases VALUES (?, ?)", alias, collection);
}

base::Outcome Catalog::clear(const std::string& alias) {
  return change("DELETE FROM aliases WHERE alias = ?", alias, {});
}

base::Outcome Catalog::forget(const std::string& collection) {
  return change("DELETE FROM aliases WHERE collection = ?", collection, {});
}

// Without BEGIN a statement is a transaction of its own.
base::Outcome Catalog::change(const char* sql, std::string_view first, std::string_view second) {
  auto statement = database_.prepare(sql);
  base::Outcome done = base::Ok{};
  if (!statement) {
    done = base::fail(statement.error());
  } else {
    statement->bind(1, first);
    if (!second.empty()) statement->bind(2, second);
    done = statement->run();
  }
  if (!done)
    return base::fail(done.error().code, "cannot change the aliases: " + done.error().what);
  if (database_.wal_frames() > 64) done = database_.checkpoint();  // 256 KiB
  if (!done) base::log::warning("catalog.db: its log keeps growing: {}", done.error().what);
  return base::Ok{};
}

}  // namespace broker
