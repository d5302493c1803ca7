#include "broker/collections.h"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "tests/unit/broker/temporary_directory.h"

namespace broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

base::Bytes bytes(std::string_view text) { return base::copy_of(base::bytes_of(text)); }

ipc::store::Write write(std::uint64_t previous, std::uint64_t number, std::string_view box) {
  return {{"login"}, previous, previous + 1, {bytes("m")}, {}, {{{number, 1, {}, {bytes(box)}}}},
          {}};
}

struct CollectionsTest : testing::Test {
  Collections open() {
    auto collections = Collections::open(directory.path);
    EXPECT_TRUE(collections);
    return *std::move(collections);
  }
  void create(const std::string& name) {
    ASSERT_TRUE(open().create({{name}, {bytes("header")}, {bytes("manifest")}, 1}));
  }
  void fill(const std::string& name, std::uint64_t count, std::string_view box,
            std::uint64_t already = 0) {
    Collections collections = open();
    auto file = collections.find(name);
    ASSERT_TRUE(file);
    for (std::uint64_t i = already + 1; i <= count; ++i) {
      const auto next = write(i, i, box);
      const ipc::store::Write* const writes[] = {&next};
      ASSERT_TRUE((*file)->apply(writes));
    }
  }
  // Changes a file behind our back.
  void tamper(const std::string& name, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((directory / (name + ".coffer")).c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  std::string file(const std::string& name, const std::string& ending = "") {
    return contents_of(directory / (name + ".coffer" + ending));
  }
  std::vector<std::uint64_t> numbers(const std::string& name) {
    Collections collections = open();
    auto found = collections.find(name);
    if (!found) return {};
    auto page = (*found)->rows_after(0);
    std::vector<std::uint64_t> numbers;
    if (page)
      for (const auto& row : page->rows.items) numbers.push_back(row.number);
    return numbers;
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  TemporaryDirectory directory;
};

TEST_F(CollectionsTest, AppearAsOnePrivateFile) {
  ::umask(077);
  create("login");
  EXPECT_THAT(files(), ElementsAre("login.coffer"));
  struct stat status {};
  ASSERT_EQ(::stat((directory / "login.coffer").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(CollectionsTest, AreListedSortedByName) {
  create("b");
  create("a");
  write_file(directory / "notes.txt", "mine");
  EXPECT_THAT(open().names(), ElementsAre("a", "b"));
}

TEST_F(CollectionsTest, OfANewerVersionStayUntouchedToTheLastByte) {
  create("login");
  create("future");
  tamper("future", "PRAGMA user_version = 2");
  const std::string before = file("future");
  Collections collections = open();
  EXPECT_THAT(collections.names(), ElementsAre("login"));
  auto found = collections.find("future");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, base::Code::too_new);
  EXPECT_THAT(found.error().what, HasSubstr("future.coffer"));
  EXPECT_EQ(collections.remove("future").error().code, base::Code::too_new);
  EXPECT_EQ(collections.create({{"future"}, {}, {}, 1}).error().code, base::Code::already_exists);
  EXPECT_EQ(file("future"), before);
}

TEST_F(CollectionsTest, OfANewerVersionKeepTheirWriteAheadLogToo) {
  create("future");
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((directory / "future.coffer").c_str(), &database), SQLITE_OK);
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  ASSERT_EQ(sqlite3_exec(database, "PRAGMA journal_mode = WAL; PRAGMA user_version = 2", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  const std::string before = file("future");
  const std::string log = contents_of(directory / "future.coffer-wal");
  ASSERT_FALSE(log.empty());
  Collections collections = open();
  EXPECT_EQ(collections.find("future").error().code, base::Code::too_new);
  EXPECT_EQ(file("future"), before);
  EXPECT_EQ(contents_of(directory / "future.coffer-wal"), log);
}

TEST_F(CollectionsTest, ThatAreNotOursAreNamedAndLeftAlone) {
  write_file(directory / "text.coffer", std::string(5000, 't'));
  write_file(directory / "empty.coffer", "");
  tamper("foreign", "CREATE TABLE meta(id)");
  std::filesystem::create_directory(directory / "folder.coffer");
  std::filesystem::create_symlink("/etc/passwd", directory / "link.coffer");
  Collections collections = open();
  for (const std::string name : {"text", "empty", "foreign", "folder"}) {
    const std::string before = name == "folder" ? "" : file(name);
    auto found = collections.find(name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, base::Code::damaged) << name;
    EXPECT_THAT(found.error().what, HasSubstr(name + ".coffer"));
    if (name != "folder") {
      EXPECT_EQ(file(name), before);
    }
  }
  EXPECT_FALSE(collections.find("link"));
  EXPECT_THAT(collections.names(), ElementsAre());
}

TEST_F(CollectionsTest, WithATriggerOfSomebodyElseAreRebuiltWithoutIt) {
  create("login");
  fill("login", 2, "box");
  tamper("login", "CREATE TRIGGER t AFTER INSERT ON items BEGIN DELETE FROM items; END");
  fill("login", 3, "new box", 2);
  EXPECT_THAT(numbers("login"), ElementsAre(1, 2, 3));
  EXPECT_THAT(file("login"), testing::Not(HasSubstr("TRIGGER")));
  EXPECT_THAT(file("login", ".damaged-1"), HasSubstr("TRIGGER"));
}

TEST_F(CollectionsTest, ServeTheRestWhenARowIsTooLarge) {
  create("login");
  fill("login", 3, "box");
  tamper("login",
         "UPDATE items SET box = zeroblob(50000000) WHERE number = 1;"
         "UPDATE items SET locators = zeroblob(1025) WHERE number = 2");
  Collections collections = open();
  auto found = collections.find("login");
  ASSERT_TRUE(found);
  testing::internal::CaptureStderr();
  auto page = (*found)->rows_after(0);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("item 1 is too large"));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->rows.items.size(), 1u);
  EXPECT_EQ(page->rows.items[0].number, 3u);
}

TEST_F(CollectionsTest, AreDamagedWhenTheirFirstRecordIsTooLarge) {
  create("login");
  tamper("login", "UPDATE meta SET header = zeroblob(300000)");
  Collections collections = open();
  auto found = collections.find("login");
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->load().error().code, base::Code::damaged);
}

TEST_F(CollectionsTest, ServeTheRestWhenAPageIsDamaged) {
  create("login");
  fill("login", 200, std::string(900, 'x'));
  std::string whole = file("login");
  const std::size_t page = whole.size() / 4096 / 2 * 4096;
  std::fill_n(whole.begin() + static_cast<std::ptrdiff_t>(page), 4096, '\x7f');
  write_file(directory / "login.coffer", whole);
  Collections collections = open();
  auto found = collections.find("login");
  ASSERT_TRUE(found);
  auto served = (*found)->rows_after(0);
  ASSERT_TRUE(served);
  EXPECT_GE(served->rows.items.size(), 190u);
  EXPECT_LT(served->rows.items.size(), 200u);
  EXPECT_EQ(served->rows.items.back().number, 200u);
  EXPECT_EQ(file("login", ".damaged-1"), whole);
}

TEST_F(CollectionsTest, KeepEveryDamagedFileAndItsLogAside) {
  ::umask(022);
  create("login");
  fill("login", 2, "box");
  write_file(directory / "login.coffer.damaged-1", "an older one");
  std::string damaged = file("login");
  damaged[0] = 'X';
  write_file(directory / "login.coffer", damaged);
  write_file(directory / "login.coffer-wal", "no log");
  testing::internal::CaptureStderr();
  EXPECT_THAT(numbers("login"), ElementsAre(1, 2));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::AllOf(HasSubstr("2 items could be read"),
                             HasSubstr(directory / "login.coffer.damaged-2")));
  EXPECT_EQ(file("login", ".damaged-1"), "an older one");
  EXPECT_EQ(file("login", ".damaged-2"), damaged);
  EXPECT_EQ(file("login", ".damaged-2-wal"), "no log");
  struct stat status {};
  ASSERT_EQ(::stat((directory / "login.coffer.damaged-2").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  EXPECT_THAT(open().names(), ElementsAre("login"));
  EXPECT_THAT(numbers("login"), ElementsAre(1, 2));
  EXPECT_THAT(files(), ElementsAre("login.coffer", "login.coffer.damaged-1",
                                   "login.coffer.damaged-2", "login.coffer.damaged-2-wal"));
}

TEST_F(CollectionsTest, GetWhatIsInTheLogOfADamagedFileToo) {
  create("login");
  Collections collections = open();
  auto found = collections.find("login");
  ASSERT_TRUE(found);
  const auto next = write(1, 1, "box");
  const ipc::store::Write* const writes[] = {&next};
  ASSERT_TRUE((*found)->apply(writes));
  const std::string log = file("login", "-wal");
  ASSERT_TRUE(collections.remove("login"));
  create("login");
  std::string damaged = file("login");
  damaged[20] = '\1';  // of the header
  write_file(directory / "login.coffer", damaged);
  write_file(directory / "login.coffer-wal", log);
  EXPECT_THAT(numbers("login"), ElementsAre(1));
}

TEST_F(CollectionsTest, SayThatADamagedLogLosesWrites) {
  create("login");
  Collections collections = open();
  auto found = collections.find("login");
  ASSERT_TRUE(found);
  for (std::uint64_t i = 1; i <= 3; ++i) {
    const auto next = write(i, i, "box");
    const ipc::store::Write* const writes[] = {&next};
    ASSERT_TRUE((*found)->apply(writes));
  }
  std::string log = file("login", "-wal");
  std::string database = file("login");
  ASSERT_TRUE(collections.remove("login"));
  const auto opened_with = [&](const std::string& damaged) {
    write_file(directory / "login.coffer", database);
    write_file(directory / "login.coffer-wal", damaged);
    testing::internal::CaptureStderr();
    numbers("login");
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(opened_with(log), "");
  EXPECT_EQ(opened_with(log.substr(0, log.size() - 100)), "");  // as a power cut may leave it
  log[100] = '!';
  EXPECT_THAT(opened_with(log), HasSubstr("2 writes in it are lost"));
  EXPECT_EQ(file("login", ".damaged-1-wal"), log);
  log[100] = log[10] = '!';
  EXPECT_THAT(opened_with(log), HasSubstr("3 writes in it are lost"));
  database[0] = '!';
  EXPECT_THAT(opened_with(log),
              testing::AllOf(HasSubstr("was damaged"), HasSubstr("3 writes in its log are lost")));
}

TEST_F(CollectionsTest, WithoutAFirstRecordAreLeftAloneAndTheOthersAreServed) {
  create("login");
  create("other");
  const std::string cut = file("login").substr(0, 5000);
  write_file(directory / "login.coffer", cut);
  Collections collections = open();
  testing::internal::CaptureStderr();
  EXPECT_THAT(collections.names(), ElementsAre("other"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("restore it from a backup"));
  EXPECT_EQ(file("login"), cut);
  EXPECT_THAT(files(), ElementsAre("login.coffer", "other.coffer"));
}

TEST_F(CollectionsTest, ReuseNoPageThatOnlyADamagedListCallsFree) {
  create("login");
  fill("login", 30, std::string(900, 'x'));
  std::string whole = file("login");
  whole[35] = '\3';  // the first page of the list of free pages: that of the items
  whole[39] = '\1';  // of which there is one
  write_file(directory / "login.coffer", whole);
  fill("login", 40, std::string(5000, 'y'), 30);
  EXPECT_EQ(numbers("login").size(), 40u);
}

TEST_F(CollectionsTest, LeaveNothingOfAnInterruptedCreationOrDeletion) {
  create("login");
  write_file(directory / ".half.coffer.new", "half");
  write_file(directory / "gone.coffer-wal", "log");
  write_file(directory / "notes.txt", "mine");
  EXPECT_THAT(open().names(), ElementsAre("login"));
  EXPECT_THAT(files(), ElementsAre("login.coffer", "notes.txt"));
}

TEST_F(CollectionsTest, MakeRoomInTheirLogAheadOfTheWrites) {
  create("login");
  Collections collections = open();
  auto found = collections.find("login");
  ASSERT_TRUE(found);
  const auto length = [&] { return std::filesystem::file_size(directory / "login.coffer-wal"); };
  std::set<std::uintmax_t> lengths;
  for (std::uint64_t i = 1; i <= 150; ++i) {
    const auto before = i == 1 ? 0 : length();
    const auto next = write(i, i, "box");
    const ipc::store::Write* const writes[] = {&next};
    ASSERT_TRUE((*found)->apply(writes));
    if (i > 1) {
      EXPECT_EQ(length(), before) << "write " << i;
    }
    (*found)->tend_log();
    lengths.insert(length());
  }
  EXPECT_LE(lengths.size(), 6u);  // each time it is doubled
  // As a process that was killed leaves them.
  const std::string log = file("login", "-wal"), database = file("login");
  ASSERT_TRUE(collections.remove("login"));
  write_file(directory / "login.coffer", database);
  write_file(directory / "login.coffer-wal", log);
  testing::internal::CaptureStderr();
  EXPECT_EQ(numbers("login").size(), 150u);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(CollectionsTest, KeepTheirWriteAheadLogSmall) {
  create("login");
  Collections collections = open();
  auto found = collections.find("login");
  ASSERT_TRUE(found);
  const std::string box(100'000, 'x');
  for (std::uint64_t i = 1; i <= 200; ++i) {
    const auto next = write(i, 1, box);
    const ipc::store::Write* const writes[] = {&next};
    ASSERT_TRUE((*found)->apply(writes));
    (*found)->tend_log();
  }
  EXPECT_LT(std::filesystem::file_size(directory / "login.coffer-wal"), 4u * 1024 * 1024);
  EXPECT_FALSE(std::filesystem::exists(directory / "login.coffer-shm"));
}

}  // namespace
}  // namespace broker
