#include "broker/collection_file.h"

#include <array>
#include <limits>
#include <optional>

#include "base/log.h"
#include "broker/collection_format.h"

namespace broker {
namespace {

using ipc::store::Row;
using ipc::store::Rows;
using ipc::store::Write;

constexpr std::size_t kMaxRows = 65'536;
constexpr int kMaxUnreadable = 4096;  // attempts to get past a damaged page, for each page of rows

base::Outcome check_number(std::uint64_t number) {
  if (number <= std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return base::Ok{};
  return base::fail(base::Code::invalid, "a number is out of range");
}

std::int64_t stored(std::uint64_t number) { return static_cast<std::int64_t>(number); }

}  // namespace

std::string CollectionFile::file_name(const std::string& name) { return name + ".coffer"; }

base::Result<CollectionFile> CollectionFile::open(const std::string& folder,
                                                  const std::string& name) {
  auto database = open_versioned(fmt::format("{}/{}", folder, file_name(name)), kCollectionFormat);
  if (!database) return base::fail(database.error());
  auto statements = prepare(*database);
  if (!statements)
    return base::fail(statements.error().code, fmt::format("cannot read the collection {}: {}",
                                                           name, statements.error().what));
  return CollectionFile(name, *std::move(database), *std::move(statements));
}

base::Result<CollectionFile::Statements> CollectionFile::prepare(Database& database) {
  const std::array<std::string, 9> sql = {
      fmt::format("SELECT generation, {}, {} FROM meta", bounded("header", kMaxHeader),
                  bounded("manifest", kMaxManifest)),
      fmt::format("SELECT number, version, {}, {} FROM items WHERE number > ? ORDER BY number",
                  bounded("locators", kMaxLocators), bounded("box", kMaxBox)),
      "SELECT generation FROM meta",
      "INSERT OR REPLACE INTO items(number, version, locators, box) VALUES (?, ?, ?, ?)",
      "DELETE FROM items WHERE number = ?",
      "UPDATE meta SET generation = ?, manifest = ?",
      "UPDATE meta SET header = ?",
      "BEGIN IMMEDIATE",
      "COMMIT",
  };
  std::array<std::optional<Statement>, sql.size()> prepared;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    auto statement = database.prepare(sql[i]);
    if (!statement) return base::fail(statement.error());
    prepared[i] = *std::move(statement);
  }
  return std::apply([](auto&&... each) { return Statements{*std::move(each)...}; },
                    std::move(prepared));
}

base::Outcome CollectionFile::create(const std::string& folder,
                                     const ipc::store::CreateCollection& request) {
  if (auto checked = check_number(request.generation); !checked) return checked;
  return create_versioned(folder, file_name(request.collection.value), kCollectionFormat,
                          [&](Database& database) -> base::Outcome {
                            auto insert = database.prepare("INSERT INTO meta VALUES (1, ?, ?, ?)");
                            if (!insert) return base::fail(insert.error());
                            insert->bind(1, stored(request.generation));
                            insert->bind(2, base::ByteView(request.header.value));
                            insert->bind(3, base::ByteView(request.manifest.value));
                            return insert->run();
                          });
}

base::Failure<base::Error> CollectionFile::failed(const char* doing,
                                                  const base::Error& error) const {
  return base::fail(error.code,
                    fmt::format("cannot {} the collection {}: {}", doing, name_, error.what));
}

base::Result<ipc::store::LoadCollection::Reply> CollectionFile::load() {
  auto row = sql_.load.step();
  if (!row) return failed("read", row.error());
  if (!*row || sql_.load.is_null(1) || sql_.load.is_null(2) || sql_.load.integer(0) < 0) {
    sql_.load.reset();
    return failed("read", {base::Code::damaged, "its first record is missing or malformed"});
  }
  ipc::store::LoadCollection::Reply reply;
  reply.generation = static_cast<std::uint64_t>(sql_.load.integer(0));
  reply.header.value = base::copy_of(sql_.load.blob(1));
  reply.manifest.value = base::copy_of(sql_.load.blob(2));
  sql_.load.reset();
  return reply;
}

base::Result<ipc::store::LoadItems::Reply> CollectionFile::rows_after(std::uint64_t after) {
  if (auto checked = check_number(after); !checked) return base::fail(checked.error());
  ipc::store::LoadItems::Reply reply;
  std::size_t size = 0;
  int unreadable = 0;
  sql_.rows.bind(1, stored(after));
  for (;;) {
    auto row = sql_.rows.step();
    if (!row && row.error().code == base::Code::damaged && unreadable < kMaxUnreadable) {
      // Whatever can still be read behind the damage is served.
      if (unreadable++ == 0)
        base::log::error("collection {}: items after {} cannot be read: {}", name_, after,
                         row.error().what);
      sql_.rows.bind(1, stored(++after));
      continue;
    }
    if (!row && row.error().code != base::Code::damaged) return failed("read", row.error());
    if (!row || !*row) return reply;
    after = static_cast<std::uint64_t>(sql_.rows.integer(0));
    if (sql_.rows.is_null(2) || sql_.rows.is_null(3)) {
      base::log::error("collection {}: item {} is too large or malformed; it is skipped", name_,
                       after);
      continue;
    }
    Row next{after,
             static_cast<std::uint64_t>(sql_.rows.integer(1)),
             {base::copy_of(sql_.rows.blob(2))},
             {base::copy_of(sql_.rows.blob(3))}};
    size += ipc::Codec<Row>::size(next);
    reply.more = size > ipc::Codec<Rows>::most_bytes || reply.rows.items.size() == kMaxRows;
    if (reply.more) break;
    reply.rows.items.push_back(std::move(next));
  }
  sql_.rows.reset();
  return reply;
}

base::Result<std::uint64_t> CollectionFile::generation() {
  auto row = sql_.generation.step();
  if (!row) return failed("read", row.error());
  if (!*row) return failed("read", {base::Code::damaged, "its first record is missing"});
  const std::int64_t generation = sql_.generation.integer(0);
  sql_.generation.reset();
  return static_cast<std::uint64_t>(generation);
}

base::Outcome CollectionFile::apply(std::span<const Write* const> writes) {
  base::Outcome done = sql_.begin.run();
  for (const Write* write : writes)
    if (done) done = apply_one(*write);
  if (done) done = sql_.commit.run();
  if (done) return done;
  // SQLite has rolled back by itself after some failures; then there is nothing left to do here.
  [[maybe_unused]] const auto undone = database_.execute("ROLLBACK");
  return failed("write", done.error());
}

base::Outcome CollectionFile::apply_one(const Write& write) {
  for (const std::uint64_t number : write.erase.items) {
    sql_.erase.bind(1, stored(number));
    if (auto done = sql_.erase.run(); !done) return done;
  }
  for (const Row& row : write.put.items)
    if (auto done = put(row); !done) return done;
  if (write.header.value) {
    sql_.set_header.bind(1, base::ByteView(write.header.value->value));
    if (auto done = sql_.set_header.run(); !done) return done;
  }
  if (auto checked = check_number(write.generation); !checked) return checked;
  sql_.set_manifest.bind(1, stored(write.generation));
  sql_.set_manifest.bind(2, base::ByteView(write.manifest.value));
  return sql_.set_manifest.run();
}

base::Outcome CollectionFile::put(const Row& row) {
  if (row.number == 0) return base::fail(base::Code::invalid, "item number 0");
  if (auto checked = check_number(row.number); !checked) return checked;
  if (auto checked = check_number(row.version); !checked) return checked;
  sql_.put.bind(1, stored(row.number));
  sql_.put.bind(2, stored(row.version));
  sql_.put.bind(3, base::ByteView(row.locators.value));
  sql_.put.bind(4, base::ByteView(row.box.value));
  return sql_.put.run();
}

void CollectionFile::tend_log() {
  const int frames = database_.wal_frames();
  if (frames < checkpoint_at_) return database_.lengthen_log();
  checkpoint_at_ = kCheckpointFrames;
  if (auto done = database_.checkpoint(); !done) {
    checkpoint_at_ = frames + kCheckpointFrames;
    base::log::warning("collection {}: the write-ahead log keeps growing: {}", name_,
                       done.error().what);
  }
}

}  // namespace broker
