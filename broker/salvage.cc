#include "broker/salvage.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "broker/collection_file.h"
#include "broker/collection_format.h"
#include "broker/copy_database.h"
#include "broker/durable.h"

namespace broker {
namespace {

constexpr std::size_t kPage = 4096;            // SQLite's default, and so ours
constexpr std::int64_t kMostProbes = 200'000;  // of single numbers, between two damaged places
constexpr std::string_view kAside = ".coffer.damaged-";

base::Failure<base::Error> no_collection(const std::string& path) {
  return base::fail(base::Code::damaged,
                    fmt::format("{} is not a collection, or too damaged to be read; it is left "
                                "alone: restore it from a backup, or move it away",
                                path));
}

// --- The first page -----------------------------------------------------------------------------

void set_number(base::Bytes& page, std::size_t at, std::uint64_t value) {
  for (std::size_t i = 0; i < 4; ++i)
    page[at + i] = static_cast<std::byte>((value >> (8 * (3 - i))) & 0xff);
}

// A file's first page is the same for all collections, but for what can be counted
// (https://sqlite.org/fileformat.html): so a damaged one needs no guessing.
base::Outcome renew_first_page(const std::string& path) {
  auto whole = image_of(kCollectionFormat);
  if (!whole) return base::fail(whole.error());
  const base::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  struct stat status {};
  if (!fd.valid() || ::fstat(fd.get(), &status) < 0)
    return base::system_failure(errno, fmt::format("cannot open {}", path));
  base::Bytes& page = *whole;
  page.resize(kPage);
  page[18] = page[19] = std::byte{2};  // it may have a write-ahead log
  set_number(page, 28, (static_cast<std::uint64_t>(status.st_size) + kPage - 1) / kPage);
  std::copy_n(page.begin() + 24, 4, page.begin() + 92);  // the number of pages is valid
  if (::pwrite(fd.get(), page.data(), page.size(), 0) != static_cast<ssize_t>(page.size()))
    return base::system_failure(errno, fmt::format("cannot write {}", path));
  return base::Ok{};
}

// --- Rows ---------------------------------------------------------------------------------------

// What is read from the damaged file goes straight into the new one.
class Rescue {
 public:
  static base::Result<Rescue> open(const std::string& path);
  base::Outcome into(Database& to);
  std::size_t items() const { return items_; }

 private:
  explicit Rescue(Database from) : from_(std::move(from)) {}
  // Reads until the end or until damage; false and `reached_` tell where that was.
  base::Result<bool> scan(const char* order);
  base::Outcome probe(std::int64_t first, std::int64_t last);
  base::Outcome take(Statement& row);
  base::Outcome take_first_record(Database& to);

  Database from_;
  Statement* put_ = nullptr;
  std::size_t items_ = 0;
  std::int64_t reached_ = 0;
  std::int64_t newest_ = 1;
};

std::string select_items(const char* rest) {
  return fmt::format("SELECT number, version, {}, {} FROM items {}",
                     bounded("locators", kMaxLocators), bounded("box", kMaxBox), rest);
}

base::Result<Rescue> Rescue::open(const std::string& path) {
  auto from = Database::open(path, Database::Mode::existing);
  if (!from) return base::fail(from.error());
  from->checkpoint_on_close(false);
  auto done = from->execute(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;");
  if (!done) return base::fail(done.error());
  return Rescue(*std::move(from));
}

// Forwards as far as possible, backwards as far as possible, and one by one in between.
base::Outcome Rescue::into(Database& to) {
  auto put = to.prepare("INSERT OR IGNORE INTO items VALUES (?, ?, ?, ?)");
  if (!put) return base::fail(put.error());
  put_ = &*put;
  reached_ = 0;
  auto whole = scan("ORDER BY number");
  if (!whole) return base::fail(whole.error());
  if (!*whole) {
    const std::int64_t low = reached_;
    reached_ = std::numeric_limits<std::int64_t>::max();
    if (auto rest = scan("ORDER BY number DESC"); !rest) return base::fail(rest.error());
    if (auto done = probe(low, reached_); !done) return done;
  }
  return take_first_record(to);
}

base::Result<bool> Rescue::scan(const char* order) {
  auto rows = from_.prepare(select_items(order));
  if (!rows && rows.error().code == base::Code::damaged) return false;
  if (!rows) return base::fail(rows.error());
  for (;;) {
    auto row = rows->step();
    if (!row && row.error().code == base::Code::damaged) return false;
    if (!row) return base::fail(row.error());
    if (!*row) return true;
    if (auto done = take(*rows); !done) return base::fail(done.error());
    reached_ = rows->integer(0);
  }
}

base::Outcome Rescue::probe(std::int64_t first, std::int64_t last) {
  auto one = from_.prepare(select_items("WHERE number = ?"));
  if (!one) return base::Ok{};
  for (std::int64_t tried = 1; tried <= kMostProbes && first < last - tried; ++tried) {
    one->bind(1, first + tried);
    auto row = one->step();
    if (!row && row.error().code != base::Code::damaged) return base::fail(row.error());
    if (row && *row)
      if (auto done = take(*one); !done) return done;
    one->reset();
  }
  return base::Ok{};
}

base::Outcome Rescue::take(Statement& row) {
  if (row.integer(0) <= 0 || row.integer(1) < 0 || row.is_null(2) || row.is_null(3))
    return base::Ok{};
  put_->bind(1, row.integer(0));
  put_->bind(2, row.integer(1));
  put_->bind(3, row.blob(2));
  put_->bind(4, row.blob(3));
  newest_ = std::max(newest_, row.integer(1));
  if (static_cast<std::uint64_t>(row.integer(0)) < ipc::store::kFirstDirectoryRow) ++items_;
  return put_->run();
}

// The generation only has to be as high as every version: what is genuine is sealed elsewhere.
base::Outcome Rescue::take_first_record(Database& to) {
  auto first =
      from_.prepare(fmt::format("SELECT generation, {}, {} FROM meta",
                                bounded("header", kMaxHeader), bounded("manifest", kMaxManifest)));
  if (!first) return base::fail(base::Code::damaged, first.error().what);
  auto row = first->step();
  if (!row) return base::fail(row.error());
  if (!*row || first->is_null(1) || first->is_null(2) || first->blob(1).empty())
    return base::fail(base::Code::damaged, "its first record is missing");
  auto insert = to.prepare("INSERT INTO meta VALUES (1, ?, ?, ?)");
  if (!insert) return base::fail(insert.error());
  insert->bind(1, std::max(first->integer(0), newest_));
  insert->bind(2, first->blob(1));
  insert->bind(3, first->blob(2));
  return insert->run();
}

}  // namespace

base::Result<std::string> keep_aside(const std::string& path) {
  for (int number = 1;; ++number) {
    const std::string aside = fmt::format("{}.damaged-{}", path, number);
    auto copied = copy_database(path, aside);
    if (copied) return aside;
    if (copied.error().code != base::Code::already_exists) return base::fail(copied.error());
  }
}

base::Result<Salvaged> salvage(const std::string& folder, const std::string& name) {
  const std::string file = CollectionFile::file_name(name);
  const std::string path = fmt::format("{}/{}", folder, file);
  const std::string copy = fmt::format("{}/{}", folder, temporary_name(file + ".damaged"));
  const auto clean = [&] {
    for (const char* ending : {"", "-wal", "-journal"}) ::unlink((copy + ending).c_str());
  };
  clean();
  Salvaged salvaged;
  const auto fill = [&](Database& to) -> base::Outcome {
    auto rescue = Rescue::open(copy);
    if (!rescue) return base::fail(rescue.error());
    if (auto done = rescue->into(to); !done) return done;
    salvaged.items = rescue->items();
    auto aside = keep_aside(path);
    if (!aside) return base::fail(aside.error());
    salvaged.kept_as = *std::move(aside);
    return sync_path(folder);
  };
  auto done = copy_database(path, copy);
  if (done) done = renew_first_page(copy);
  if (done) done = create_versioned(folder, file, kCollectionFormat, fill);
  clean();
  if (!done && done.error().code == base::Code::damaged) return no_collection(path);
  if (!done) return base::fail(done.error());
  return salvaged;
}

bool is_kept_aside(std::string_view file) { return file.find(kAside) != std::string_view::npos; }

}  // namespace broker
