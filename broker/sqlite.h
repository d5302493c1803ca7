// SQLite behind owned handles and Results.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace broker {

// A prepared statement. Parameters count from 1, columns from 0.
class Statement {
 public:
  // Bound bytes and text are borrowed until the next reset. An empty view binds an empty value.
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, base::ByteView value);
  void bind(int parameter, std::string_view value);

  // True when there is a row to look at; false after the last one. After false and after an error
  // the statement has been reset.
  base::Result<bool> step();
  // Steps to the end and resets.
  base::Outcome run();
  void reset();

  std::int64_t integer(int column) const;
  bool is_null(int column) const;
  // Valid until the next step or reset.
  base::ByteView blob(int column) const;
  std::string_view text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// A connection, for one thread. Statements may outlive it, and then keep the file open.
class Database {
 public:
  enum class Mode { existing, create };

  // Does not touch the file yet. A created file has mode 0600 under our umask.
  static base::Result<Database> open(const std::string& path, Mode mode);

  base::Outcome execute(const std::string& sql);
  base::Result<Statement> prepare(const std::string& sql);
  // The integer that a one-row query gives.
  base::Result<std::int64_t> integer(const std::string& sql);

  // All of it, as the bytes of a file.
  base::Result<base::Bytes> image();

  // Frames (pages of 4 KiB) in the write-ahead log, as of the last commit.
  int wal_frames() const { return *wal_frames_; }
  // Appends zeros to the write-ahead log when it is almost full; SQLite takes them for its end. A
  // commit that stays within the log's length waits for the disk once, one that lengthens it twice.
  // Call it when nobody waits. Where there is no room, nothing happens.
  void lengthen_log();
  // Moves the write-ahead log into the file, as far as it is not there yet.
  base::Outcome checkpoint();
  // Whether closing the connection also does so (the default), or leaves both files as they are.
  void checkpoint_on_close(bool wanted);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}

  std::unique_ptr<int> wal_frames_ = std::make_unique<int>(0);  // SQLite's hook keeps its address
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace broker
