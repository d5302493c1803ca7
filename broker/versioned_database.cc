#include "broker/versioned_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/unique_fd.h"
#include "broker/durable.h"

namespace broker {
namespace {

constexpr std::string_view kTemporaryStart = ".";
constexpr std::string_view kTemporaryEnd = ".new";

base::Failure<base::Error> about(const std::string& path, const base::Error& error) {
  return base::fail(error.code, fmt::format("{}: {}", path, error.what));
}

base::Failure<base::Error> foreign(const std::string& path, const Format& format) {
  return base::fail(base::Code::damaged,
                    fmt::format("{} is not {}, or damaged", path, format.kind));
}

base::Outcome judge_version(const std::string& path, const Format& format, std::int64_t version) {
  if (version > format.version)
    return base::fail(base::Code::too_new,
                      fmt::format("{} was written by a newer Coffer (format {}, known here: {}); "
                                  "it is left untouched",
                                  path, version, format.version));
  if (version != format.version) return foreign(path, format);
  return base::Ok{};
}

std::uint32_t big_endian(const std::array<unsigned char, 100>& header, std::size_t at) {
  return std::uint32_t{header[at]} << 24 | std::uint32_t{header[at + 1]} << 16 |
         std::uint32_t{header[at + 2]} << 8 | header[at + 3];
}

// Looks at the file's first 100 bytes (https://sqlite.org/fileformat.html), without SQLite, which
// may write when it opens.
base::Outcome check_header(const std::string& path, const Format& format) {
  const base::UniqueFd fd(
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!fd.valid() || ::fstat(fd.get(), &status) < 0)
    return base::system_failure(errno, fmt::format("cannot open {}", path));
  std::array<unsigned char, 100> header{};
  if (!S_ISREG(status.st_mode)) return foreign(path, format);
  const ssize_t got = ::pread(fd.get(), header.data(), header.size(), 0);
  if (got < 0) return base::system_failure(errno, fmt::format("cannot read {}", path));
  if (got != static_cast<ssize_t>(header.size()) ||
      std::memcmp(header.data(), "SQLite format 3", 16) != 0 ||
      big_endian(header, 68) != static_cast<std::uint32_t>(format.application_id))
    return foreign(path, format);
  return judge_version(path, format, static_cast<std::int32_t>(big_endian(header, 60)));
}

// The tables are exactly ours: no trigger, view or generated column that would run on our behalf.
base::Outcome check_schema(const std::string& path, Database& database, const Format& format) {
  auto found = database.prepare("SELECT sql FROM sqlite_schema ORDER BY rowid");
  if (!found) return about(path, found.error());
  for (std::size_t i = 0;; ++i) {
    auto row = found->step();
    if (!row) return about(path, row.error());
    if (!*row && i == format.schema.size()) return base::Ok{};
    if (!*row || i == format.schema.size() || found->text(0) != format.schema[i])
      return foreign(path, format);
  }
}

// SQLite notices damage where it happens to look, and spreads some of it when it writes: a page
// that is taken for free is used again. So it looks everywhere before the first write.
base::Outcome check_pages(const std::string& path, Database& database) {
  auto problem = database.prepare("PRAGMA quick_check(1)");
  if (!problem) return about(path, problem.error());
  auto row = problem->step();
  if (!row) return about(path, row.error());
  if (*row && problem->text(0) == "ok") return base::Ok{};
  return base::fail(base::Code::damaged,
                    fmt::format("{}: {}", path, *row ? problem->text(0) : "it cannot be checked"));
}

base::Outcome prepare_connection(Database& database) {
  return database.execute(
      "PRAGMA locking_mode = EXCLUSIVE;"  // the WAL's index then stays in our memory: no -shm file
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA cell_size_check = ON;"
      "PRAGMA trusted_schema = OFF;"
      "PRAGMA cache_size = -256;");  // KiB
}

base::Outcome build(Database& database, const Format& format,
                    const std::function<base::Outcome(Database&)>& fill) {
  if (auto done = prepare_connection(database); !done) return done;
  // A half-built file is thrown away, so it needs no journal on disk.
  std::string sql = fmt::format(
      "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN IMMEDIATE;"
      "PRAGMA application_id = {}; PRAGMA user_version = {};",
      format.application_id, format.version);
  for (const char* statement : format.schema) sql += fmt::format("{};", statement);
  if (auto done = database.execute(sql); !done) return done;
  if (auto done = fill(database); !done) return done;
  return database.execute("COMMIT");
}

base::Outcome build_file(const std::string& path, const Format& format,
                         const std::function<base::Outcome(Database&)>& fill) {
  auto database = Database::open(path, Database::Mode::create);
  if (!database) return base::fail(database.error());
  return build(*database, format, fill);
}

}  // namespace

base::Result<Database> open_versioned(const std::string& path, const Format& format) {
  if (auto checked = check_header(path, format); !checked) return base::fail(checked.error());
  auto database = Database::open(path, Database::Mode::existing);
  if (!database) return about(path, database.error());
  database->checkpoint_on_close(false);  // until it is known to be ours
  if (auto done = prepare_connection(*database); !done) return about(path, done.error());
  auto version = database->integer("PRAGMA user_version");  // what a write-ahead log says
  if (!version) return about(path, version.error());
  if (auto judged = judge_version(path, format, *version); !judged)
    return base::fail(judged.error());
  if (auto checked = check_schema(path, *database, format); !checked)
    return base::fail(checked.error());
  if (auto checked = check_pages(path, *database); !checked) return base::fail(checked.error());
  auto done = database->execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304;");
  if (!done) return about(path, done.error());
  database->checkpoint_on_close(true);
  return database;
}

base::Outcome create_versioned(const std::string& folder, const std::string& file,
                               const Format& format,
                               const std::function<base::Outcome(Database&)>& fill) {
  const std::string path = fmt::format("{}/{}", folder, file);
  const std::string temporary = fmt::format("{}/{}", folder, temporary_name(file));
  ::unlink(temporary.c_str());
  auto done = build_file(temporary, format, fill);
  if (done) done = sync_path(temporary);
  if (done) {
    // A log left by an earlier file of this name would be taken for this one's.
    ::unlink((path + "-wal").c_str());
    ::unlink((path + "-journal").c_str());
    if (::rename(temporary.c_str(), path.c_str()) < 0)
      done = base::system_failure(errno, "cannot rename");
  }
  if (done) return sync_path(folder);
  ::unlink(temporary.c_str());
  return base::fail(done.error().code,
                    fmt::format("cannot create {}: {}", path, done.error().what));
}

base::Result<base::Bytes> image_of(const Format& format) {
  auto database = Database::open(":memory:", Database::Mode::create);
  if (!database) return base::fail(database.error());
  auto done = build(*database, format, [](Database&) -> base::Outcome { return base::Ok{}; });
  if (!done) return base::fail(done.error());
  return database->image();
}

std::string temporary_name(std::string_view file) {
  return fmt::format("{}{}{}", kTemporaryStart, file, kTemporaryEnd);
}

bool is_temporary(std::string_view file) {
  for (const std::string_view ending : {"", "-wal", "-journal"})
    if (file.starts_with(kTemporaryStart) &&
        file.ends_with(std::string(kTemporaryEnd) + std::string(ending)))
      return true;
  return false;
}

}  // namespace broker
