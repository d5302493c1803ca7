// One collection's SQLite file: sealed bytes, which it keeps and does not understand.
#pragma once

#include <span>
#include <string>

#include "broker/versioned_database.h"
#include "ipc/store_protocol.h"

namespace broker {

class CollectionFile {
 public:
  // See open_versioned() for what happens to files that are newer or not ours.
  static base::Result<CollectionFile> open(const std::string& folder, const std::string& name);
  // See create_versioned(). A file of that name must not exist.
  static base::Outcome create(const std::string& folder,
                              const ipc::store::CreateCollection& request);
  // "NAME.coffer"
  static std::string file_name(const std::string& name);

  base::Result<ipc::store::LoadCollection::Reply> load();
  // The next page: at least one row when there is one. Rows that are too large or cannot be read
  // are left out, with a line in the log; an I/O error is an error.
  base::Result<ipc::store::LoadItems::Reply> rows_after(std::uint64_t after);
  base::Result<std::uint64_t> generation();

  // All of `writes`, in order, in one durable transaction, or none of them. Whether they continue
  // the stored generation is the caller's to check.
  base::Outcome apply(std::span<const ipc::store::Write* const> writes);

  // Makes room in the write-ahead log, or moves it into the file when it has grown large. Call it
  // after a write, when nobody waits.
  void tend_log();

 private:
  static constexpr int kCheckpointFrames = 512;  // of the write-ahead log: 2 MiB

  // Statements in the order in which they are prepared.
  struct Statements {
    Statement load, rows, generation, put, erase, set_manifest, set_header, begin, commit;
  };
  static base::Result<Statements> prepare(Database& database);

  CollectionFile(std::string name, Database database, Statements statements)
      : name_(std::move(name)), database_(std::move(database)), sql_(std::move(statements)) {}
  base::Outcome put(const ipc::store::Row& row);
  base::Outcome apply_one(const ipc::store::Write& write);
  base::Failure<base::Error> failed(const char* doing, const base::Error& error) const;

  std::string name_;
  Database database_;
  Statements sql_;
  int checkpoint_at_ = kCheckpointFrames;
};

}  // namespace broker
