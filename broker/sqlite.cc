#include "broker/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace broker {
namespace {

bool means_full(int error_number) {
  return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}

base::Code code_of(int extended, int error_number) {
  switch (extended & 0xff) {
    case SQLITE_FULL:
      return base::Code::no_space;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return means_full(error_number) ? base::Code::no_space : base::Code::io;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return base::Code::io;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
      return base::Code::damaged;
    case SQLITE_TOOBIG:
      return base::Code::limits_exceeded;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return base::Code::busy;
    default:
      return base::Code::internal;
  }
}

base::Failure<base::Error> failure(sqlite3* database) {
  const int error_number = sqlite3_system_errno(database);
  const int extended = sqlite3_extended_errcode(database);
  std::string what = sqlite3_errmsg(database);
  if ((extended & 0xff) == SQLITE_IOERR && error_number != 0)
    what += fmt::format(" ({})", ::strerrordesc_np(error_number));
  return base::fail(code_of(extended, error_number), std::move(what));
}

// An empty view may have no address, and SQLite takes a null address for NULL.
const void* address_of(const void* data) { return data ? data : ""; }

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

// Binding fails only for parameters that do not exist and for sizes that the protocol excludes; the
// value is NULL then, which every column of ours refuses.
void Statement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
}
void Statement::bind(int parameter, base::ByteView value) {
  sqlite3_bind_blob64(statement_.get(), parameter, address_of(value.data()), value.size(),
                      SQLITE_STATIC);
}
void Statement::bind(int parameter, std::string_view value) {
  sqlite3_bind_text64(statement_.get(), parameter,
                      static_cast<const char*>(address_of(value.data())), value.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}

base::Result<bool> Statement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return reset(), false;
  const auto failed = failure(sqlite3_db_handle(statement_.get()));
  reset();
  return failed;
}

base::Outcome Statement::run() {
  for (;;) {
    auto row = step();
    if (!row) return base::fail(row.error());
    if (!*row) return base::Ok{};
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}
bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}
base::ByteView Statement::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_.get(), column));
  return {data,
          data ? static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)) : 0};
}
std::string_view Statement::text(int column) const { return base::text_of(blob(column)); }

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

base::Result<Database> Database::open(const std::string& path, Mode mode) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                    (mode == Mode::create ? SQLITE_OPEN_CREATE : 0);
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (!handle) return base::fail(base::Code::internal, "no memory for SQLite");
  if (result != SQLITE_OK) return failure(handle);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 0, 0);  // 120 KB a connection
  // The hook takes the place of SQLite's own checkpoints inside of a commit.
  sqlite3_wal_hook(
      handle,
      [](void* frames, sqlite3*, const char*, int count) {
        *static_cast<int*>(frames) = count;
        return SQLITE_OK;
      },
      database.wal_frames_.get());
  return database;
}

base::Outcome Database::execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure(database_.get());
  return base::Ok{};
}

base::Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v3(database_.get(), sql.c_str(), static_cast<int>(sql.size()) + 1,
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return failure(database_.get());
  return Statement(statement);
}

base::Result<std::int64_t> Database::integer(const std::string& sql) {
  auto statement = prepare(sql);
  if (!statement) return base::fail(statement.error());
  auto row = statement->step();
  if (!row) return base::fail(row.error());
  if (!*row) return base::fail(base::Code::damaged, "a row is missing");
  return statement->integer(0);
}

base::Result<base::Bytes> Database::image() {
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> data(
      sqlite3_serialize(database_.get(), "main", &size, 0), &sqlite3_free);
  if (!data) return base::fail(base::Code::internal, "no memory for SQLite");
  return base::copy_of(std::as_bytes(std::span(data.get(), static_cast<std::size_t>(size))));
}

void Database::lengthen_log() {
  constexpr sqlite3_int64 kHeader = 32, kFrame = 24 + 4096;  // https://sqlite.org/fileformat.html
  constexpr sqlite3_int64 kSpare = 8 * kFrame;
  constexpr int kPiece = 64 * 1024;  // SQLite writes less than 128 KiB at once
  sqlite3_file* log = nullptr;
  sqlite3_int64 size = 0;
  if (sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) !=
          SQLITE_OK ||
      !log || !log->pMethods || log->pMethods->xFileSize(log, &size) != SQLITE_OK)
    return;
  const sqlite3_int64 used = kHeader + wal_frames() * kFrame;
  if (size - used >= kSpare) return;
  const std::vector<char> zeros(kPiece);
  for (const sqlite3_int64 until = size + std::max<sqlite3_int64>(kPiece, used); size < until;
       size += kPiece)
    if (log->pMethods->xWrite(log, zeros.data(), kPiece, size) != SQLITE_OK) return;
}

base::Outcome Database::checkpoint() {
  const int result = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                               nullptr, nullptr);
  if (result != SQLITE_OK) return failure(database_.get());
  return base::Ok{};
}

void Database::checkpoint_on_close(bool wanted) {
  sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
}

}  // namespace broker
