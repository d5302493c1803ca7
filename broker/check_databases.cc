#include "broker/check_databases.h"

#include <sys/stat.h>
#include <time.h>

#include <array>
#include <tuple>

#include "broker/catalog.h"
#include "broker/collection_file.h"
#include "broker/collection_format.h"
#include "broker/collections.h"
#include "broker/copy_database.h"
#include "broker/log_check.h"
#include "broker/salvage.h"

namespace broker {
namespace {

constexpr int kSnapshotAttempts = 20;
constexpr int kMostNamed = 5;             // items or pages that are wrong in the same way
constexpr std::size_t kLeastSealed = 40;  // of every sealed value: its nonce and its tag

constexpr char kFromBackup[] = "restore the file from a backup, or move it away";

// What changes whenever a file does.
using Stamp = std::tuple<ino_t, off_t, time_t, long, time_t, long>;
Stamp stamp_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) < 0) return {};
  return {status.st_ino,          status.st_size,        status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
}

void discard(const std::string& copy) {
  for (const char* ending : {"", "-wal", "-journal"}) ::unlink((copy + ending).c_str());
}

// An error of the copy, as one of the file.
std::string words_of(const base::Error& error, const std::string& copy) {
  std::string what = error.what;
  const std::string start = copy + ": ";
  if (what.starts_with(start)) what.erase(0, start.size());
  if (what.starts_with(copy)) what.replace(0, copy.size(), "it");
  return what;
}

void check_integrity(Database& database, CheckedFile& file) {
  auto rows = database.prepare(fmt::format("PRAGMA integrity_check({})", kMostNamed));
  if (!rows) return file.problems.push_back({rows.error().what, kFromBackup});
  for (;;) {
    auto row = rows->step();
    if (!row) return file.problems.push_back({row.error().what, kFromBackup});
    if (!*row) return;
    if (rows->text(0) != "ok")
      file.problems.push_back({fmt::format("SQLite says: {}", rows->text(0)), kFromBackup});
  }
}

void check_first_record(Database& database, CheckedFile& file) {
  auto row = database.prepare(
      "SELECT generation, length(header), length(manifest), (SELECT count(*) FROM items "
      "WHERE number < 1 << 62) "
      "FROM meta WHERE typeof(header) = 'blob' AND typeof(manifest) = 'blob'");
  if (!row) return file.problems.push_back({row.error().what, kFromBackup});
  auto found = row->step();
  if (!found || !*found)
    return file.problems.push_back(
        {"its first record, with the key slots, is missing", kFromBackup});
  file.summary = fmt::format("format {}, {} items, generation {}", kCollectionFormat.version,
                             row->integer(3), row->integer(0));
  if (row->integer(0) < 1)
    file.problems.push_back({fmt::format("its generation is {}", row->integer(0)), kFromBackup});
  const auto header = static_cast<std::size_t>(row->integer(1));
  if (header < kLeastSealed || header > kMaxHeader)
    file.problems.push_back(
        {fmt::format("its header, with the key slots, has {} bytes", header), kFromBackup});
  const auto manifest = static_cast<std::size_t>(row->integer(2));
  if (manifest < kLeastSealed || manifest > kMaxManifest)
    file.problems.push_back({fmt::format("its manifest has {} bytes", manifest), kFromBackup});
  if (static_cast<std::uint64_t>(row->integer(3)) > ipc::kMaxItems)
    file.problems.push_back({fmt::format("it has more than {} items", ipc::kMaxItems),
                             "delete some: more than that are not served"});
}

void check_items(Database& database, const std::string& condition, const char* what,
                 CheckedFile& file) {
  auto rows = database.prepare(fmt::format(
      "SELECT number FROM items WHERE {} ORDER BY number LIMIT {}", condition, kMostNamed));
  if (!rows) return file.problems.push_back({rows.error().what, kFromBackup});
  for (;;) {
    auto row = rows->step();
    if (!row) return file.problems.push_back({row.error().what, kFromBackup});
    if (!*row) return;
    file.problems.push_back({fmt::format("item {} {}", rows->integer(0), what),
                             "the item is left out and the others are served; restore the file "
                             "from a backup if you need it"});
  }
}

void check_rows(Database& database, CheckedFile& file) {
  check_items(database, "number < 1", "has a number that no item has", file);
  check_items(database, "version < 1 OR version > (SELECT generation FROM meta)",
              "is newer than the collection", file);
  check_items(database,
              fmt::format("typeof(locators) != 'blob' OR length(locators) > {} OR "
                          "length(locators) % 16 != 0",
                          kMaxLocators),
              "has no proper list of hashed attributes", file);
  check_items(database,
              fmt::format("typeof(box) != 'blob' OR length(box) < {} OR length(box) > {}",
                          kLeastSealed, kMaxBox),
              "has a content of impossible size", file);
}

void check_damaged(const std::string& scratch, const std::string& name, const std::string& what,
                   CheckedFile& file) {
  auto salvaged = salvage(scratch, name);
  if (!salvaged)
    return file.problems.push_back({what + "; not even its first record can be read", kFromBackup});
  file.problems.push_back(
      {fmt::format("{}; {} items can still be read", what, salvaged->items),
       "restore the file from a backup, or start cofferd: it moves the items that can be read into "
       "a new file and keeps this one beside it"});
}

std::string wrong_with_alias(const std::string& alias, const std::string& target,
                             const std::set<std::string>& collections) {
  if (alias.empty() || alias.size() > 128 || !base::is_utf8(alias)) return "an alias has no name";
  if (!collections.contains(target))
    return fmt::format("the alias {} points to the collection {}, which does not exist", alias,
                       target);
  return "";
}

}  // namespace

base::Result<std::string> snapshot(const std::string& path, const std::string& scratch) {
  const std::string copy = scratch + path.substr(path.rfind('/'));
  for (int attempt = 0; attempt < kSnapshotAttempts; ++attempt) {
    const auto before = std::pair(stamp_of(path), stamp_of(path + "-wal"));
    auto copied = copy_database(path, copy);
    const auto after = std::pair(stamp_of(path), stamp_of(path + "-wal"));
    if (copied && before == after) return copy;
    discard(copy);
    if (!copied && before == after) return base::fail(copied.error());
    const timespec moment{0, 50'000'000};
    ::nanosleep(&moment, nullptr);
  }
  return base::fail(base::Code::busy, "it is being written all the time; check again later");
}

void check_collection(const std::string& scratch, const std::string& name, CheckedFile& file) {
  const std::string copy = fmt::format("{}/{}", scratch, CollectionFile::file_name(name));
  if (const std::size_t lost = lost_writes(copy); lost > 0)
    file.problems.push_back(
        {fmt::format("its write-ahead log is damaged, and {} writes in it are lost", lost),
         "restore both files from a backup, or start cofferd: it serves what was written before, "
         "and keeps these files beside it"});
  auto database = open_versioned(copy, kCollectionFormat);
  if (!database && database.error().code == base::Code::damaged)
    return check_damaged(scratch, name, words_of(database.error(), copy), file);
  if (!database)
    return file.problems.push_back({words_of(database.error(), copy),
                                    "install the newer Coffer that wrote it; this one leaves the "
                                    "file as it is"});
  check_integrity(*database, file);
  check_first_record(*database, file);
  check_rows(*database, file);
}

void check_catalog(const std::string& copy, const std::set<std::string>& collections,
                   CheckedFile& file) {
  auto database = open_versioned(copy, kCatalogFormat);
  if (!database)
    return file.problems.push_back(
        {words_of(database.error(), copy),
         "move the file away: cofferd makes a new one, and the aliases have to be set again"});
  check_integrity(*database, file);
  auto rows = database->prepare("SELECT alias, collection FROM aliases ORDER BY alias");
  if (!rows) return file.problems.push_back({rows.error().what, kFromBackup});
  std::size_t count = 0;
  for (;; ++count) {
    auto row = rows->step();
    if (!row) return file.problems.push_back({row.error().what, kFromBackup});
    if (!*row) break;
    const std::string wrong =
        wrong_with_alias(std::string(rows->text(0)), std::string(rows->text(1)), collections);
    if (!wrong.empty())
      file.problems.push_back({wrong, "nothing is lost, and it is not shown; set the alias again"});
  }
  file.summary = fmt::format("format {}, {} aliases", kCatalogFormat.version, count);
  if (count > Catalog::kMaxAliases)
    file.problems.push_back({fmt::format("there are more than {} aliases", Catalog::kMaxAliases),
                             "only some of them are served; clear those you do not need"});
}

}  // namespace broker
