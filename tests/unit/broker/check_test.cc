#include "broker/check.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "broker/catalog.h"
#include "broker/collections.h"
#include "broker/data_directory.h"
#include "tests/unit/broker/temporary_directory.h"

namespace broker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct CheckTest : testing::Test {
  CheckTest() {
    ::umask(077);
    auto opened = DataDirectory::open(top / "coffer");
    EXPECT_TRUE(opened);
    directory.emplace(*std::move(opened));
    auto collections = Collections::open(directory->collections());
    const base::Bytes header(200), manifest(100), box(300), locators(32);
    EXPECT_TRUE(collections->create({{"login"}, {header}, {manifest}, 1}));
    auto file = collections->find("login");
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const ipc::store::Write write{
          {"login"}, i, i + 1, {manifest}, {}, {{{i, i + 1, {locators}, {box}}}}, {}};
      const ipc::store::Write* const writes[] = {&write};
      EXPECT_TRUE((*file)->apply(writes));
    }
    EXPECT_TRUE(Catalog::open(directory->path())->set("default", "login"));
    write_file(path("locator.key"), std::string(32, 'k'));
  }

  std::string path(const std::string& file) { return directory->path() + "/" + file; }
  CheckReport check() {
    const TemporaryDirectory scratch;
    auto report = check_data_directory(directory->path(), scratch.path);
    EXPECT_TRUE(report);
    return report ? *std::move(report) : CheckReport{};
  }
  // All that is wrong, as "file: what".
  std::string problems() {
    std::string all;
    const CheckReport report = check();
    for (const CheckedFile& file : report.files)
      for (const Finding& problem : file.problems) {
        EXPECT_FALSE(problem.advice.empty()) << problem.what;
        all += file.path + ": " + problem.what + "\n";
      }
    EXPECT_EQ(report.is_fine(), all.empty());
    return all;
  }
  std::string notes() {
    std::string all;
    for (const CheckedFile& file : check().files)
      for (const Finding& note : file.notes) all += file.path + ": " + note.what + "\n";
    return all;
  }
  void tamper(const std::string& file, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path(file).c_str(), &database), SQLITE_OK);
    EXPECT_EQ(
        sqlite3_exec(database, "PRAGMA ignore_check_constraints = ON", nullptr, nullptr, nullptr),
        SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  std::map<std::string, std::string> everything() {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(top.path))
      all[entry.path()] = entry.is_regular_file() ? contents_of(entry.path()) : "";
    return all;
  }

  TemporaryDirectory top;
  std::optional<DataDirectory> directory;
  static constexpr char kLogin[] = "collections/login.coffer";
};

TEST_F(CheckTest, FindsNothingWrongWithWhatIsFine) {
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_THAT(notes(), IsEmpty());
  bool found = false;
  for (const CheckedFile& file : check().files)
    if (file.path == kLogin) found = file.summary == "format 1, 3 items, generation 4";
  EXPECT_TRUE(found);
}

TEST_F(CheckTest, ChangesNothing) {
  write_file(path("collections/gone.coffer-wal"), "log");
  write_file(path("collections/bad.coffer"), contents_of(path(kLogin)).substr(0, 10'000));
  const auto before = everything();
  problems();
  EXPECT_EQ(everything(), before);
}

TEST_F(CheckTest, SaysWhoUsesTheDirectory) {
  EXPECT_FALSE(check().used_by);
  ASSERT_TRUE(directory->lock());
  EXPECT_EQ(check().used_by, ::getpid());
}

TEST_F(CheckTest, SeesWhatOnlyTheLogOfARunningDaemonHolds) {
  auto collections = Collections::open(directory->collections());
  auto file = collections->find("login");
  ASSERT_TRUE(file);
  const ipc::store::Write write{
      {"login"}, 4, 5, {base::Bytes(100)}, {}, {{{4, 5, {}, {base::Bytes(300)}}}}, {}};
  const ipc::store::Write* const writes[] = {&write};
  ASSERT_TRUE((*file)->apply(writes));
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_EQ(check().files[2].path, kLogin);
  EXPECT_EQ(check().files[2].summary, "format 1, 4 items, generation 5");
}

TEST_F(CheckTest, NamesEveryRowThatCannotBe) {
  for (const auto& [sql, expected] : std::map<const char*, const char*>{
           {"UPDATE items SET version = 99 WHERE number = 2", "item 2 is newer"},
           {"UPDATE items SET box = x'00' WHERE number = 2", "item 2 has a content of impossible"},
           {"UPDATE items SET box = zeroblob(3000000) WHERE number = 3", "item 3 has a content"},
           {"UPDATE items SET locators = x'00' WHERE number = 1", "item 1 has no proper list"},
           {"UPDATE items SET number = -5 WHERE number = 1", "items"},
           {"UPDATE meta SET generation = 0", "generation is 0"},
           {"UPDATE meta SET header = x''", "has 0 bytes"},
           {"UPDATE meta SET manifest = zeroblob(300000)", "manifest has 300000 bytes"},
           {"DELETE FROM meta", "first record, with the key slots, is missing"}}) {
    const std::string before = contents_of(path(kLogin));
    tamper(kLogin, sql);
    EXPECT_THAT(problems(), HasSubstr(expected)) << sql;
    write_file(path(kLogin), before);
  }
}

TEST_F(CheckTest, SaysHowMuchOfADamagedFileCanBeRead) {
  std::string damaged = contents_of(path(kLogin));
  damaged[0] = 'X';
  write_file(path(kLogin), damaged);
  EXPECT_THAT(problems(), HasSubstr("3 items can still be read"));
  write_file(path(kLogin), damaged.substr(0, 5000));
  EXPECT_THAT(problems(), HasSubstr("not even its first record can be read"));
}

TEST_F(CheckTest, LeavesANewerFormatToANewerCoffer) {
  tamper(kLogin, "PRAGMA user_version = 9");
  EXPECT_THAT(problems(), HasSubstr("written by a newer Coffer (format 9"));
}

TEST_F(CheckTest, NamesAliasesThatPointNowhere) {
  ASSERT_TRUE(Catalog::open(directory->path())->set("default", "gone"));
  EXPECT_THAT(problems(), HasSubstr("default points to the collection gone"));
  write_file(path("catalog.db"), "not a database");
  EXPECT_THAT(problems(), HasSubstr("catalog.db: it is not Coffer's catalog"));
}

TEST_F(CheckTest, NamesModesAndOwners) {
  ::chmod(path(kLogin).c_str(), 0644);
  ::chmod(directory->path().c_str(), 0755);
  EXPECT_THAT(problems(), testing::AllOf(HasSubstr(".: it is open to other users (mode 0755)"),
                                         HasSubstr("login.coffer: it is open to other users")));
  if (::geteuid() != 0) return;
  ASSERT_EQ(::chown(path(kLogin).c_str(), 65534, 65534), 0);
  EXPECT_THAT(problems(), HasSubstr("it belongs to user 65534, not to user 0"));
}

TEST_F(CheckTest, NamesWhatDoesNotBelongHere) {
  write_file(path("notes.txt"), "mine");
  std::filesystem::create_directory(path("collections/folder.coffer"));
  std::filesystem::create_symlink("/etc/passwd", path("collections/link.coffer"));
  ASSERT_EQ(::mkfifo(path("collections/pipe.coffer").c_str(), 0600), 0);
  write_file(path("collections/.hidden.coffer"), "");
  write_file(path("locator.key"), "short");
  const std::string found = problems();
  for (const char* expected :
       {"notes.txt: it is not a file of Coffer's", "folder.coffer: it is not a file of Coffer's",
        "link.coffer: it is not a regular file", "pipe.coffer: it is not a regular file",
        ".hidden.coffer: a collection cannot have this name", "locator.key: it has 5 bytes"})
    EXPECT_THAT(found, HasSubstr(expected));
}

TEST_F(CheckTest, NotesWhatIsOnlyWorthKnowing) {
  write_file(path("collections/.half.coffer.new"), "half");
  write_file(path("collections/gone.coffer-wal"), "log");
  write_file(path("collections/login.coffer.damaged-1"), "kept");
  EXPECT_THAT(problems(), IsEmpty());
  const std::string found = notes();
  for (const char* expected : {".half.coffer.new: it was left by an interruption",
                               "gone.coffer-wal: it was left by an interrupted deletion",
                               "login.coffer.damaged-1: it is a damaged file"})
    EXPECT_THAT(found, HasSubstr(expected));
}

TEST_F(CheckTest, FailsWhereThereIsNothingToCheck) {
  EXPECT_FALSE(check_data_directory(top / "nowhere", top.path));
  EXPECT_FALSE(check_data_directory(path("locator.key"), top.path));
}

}  // namespace
}  // namespace broker
