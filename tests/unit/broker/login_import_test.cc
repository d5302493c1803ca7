#include "broker/login_import.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/broker/temporary_directory.h"

namespace broker {
namespace {

using ipc::store::EndImport;
using ipc::store::Imported;
using testing::HasSubstr;
using Verdict = Imported::Verdict;

struct LoginImportTest : testing::Test {
  LoginImportTest() {
    ::setenv("XDG_DATA_HOME", home.path.c_str(), 1);
    std::filesystem::create_directories(home / "keyrings/v1");
    write_file(home / "keyrings/login.keyring", "GnomeKeyring");
  }
  ~LoginImportTest() override { ::unsetenv("XDG_DATA_HOME"); }

  static Program helper() {
    return {.name = "true",
            .path = "/bin/true",
            .role = sandbox::Role::formats,
            .arguments = {},
            .passed_environment = {}};
  }
  // A daemon that starts.
  LoginImport import(bool wanted = true) {
    const auto directory = *DataDirectory::open(home / "coffer");
    auto made = LoginImport::prepare(directory, wanted, helper());
    made.look_again(directory);
    return made;
  }
  void make_login() { write_file(home / "coffer/collections/login.coffer", ""); }
  base::Code refusal(LoginImport& import, std::uint32_t file) {
    const auto helper = import.read_keyring(loop, file);
    return helper ? base::Code{} : helper.error().code;
  }
  static EndImport ended(Verdict verdict) { return {{{{verdict, 3, 2, 1}}}}; }

  TemporaryDirectory home;
  base::EventLoop loop;
};

TEST_F(LoginImportTest, IsDueFromBeforeTheCollectionIsMadeUntilItEnded) {
  auto first = import();
  EXPECT_TRUE(first.is_possible());
  EXPECT_EQ(refusal(first, 0), base::Code::no_such_item);
  first.note_that_it_is_due();
  make_login();
  auto next = import();  // the first one was killed
  EXPECT_TRUE(next.is_possible());
  EXPECT_TRUE(next.read_keyring(loop, 0));
  EXPECT_EQ(refusal(next, 1), base::Code::no_such_item);
  EXPECT_TRUE(next.end(ended(Verdict::read)));
  EXPECT_THAT(next.words(),
              HasSubstr("3 items imported (2 of them now); 1 other could not be imported"));
  EXPECT_EQ(refusal(next, 0), base::Code::no_such_item);
  auto last = import();
  EXPECT_FALSE(last.is_possible());
  EXPECT_THAT(last.words(), HasSubstr("3 items imported"));
}

TEST_F(LoginImportTest, ACollectionThatIsThereAlreadyTakesNothingIn) {
  std::filesystem::create_directories(home / "coffer/collections");
  std::filesystem::permissions(home / "coffer", std::filesystem::perms::owner_all);
  make_login();
  EXPECT_FALSE(import().is_possible());
}

TEST_F(LoginImportTest, ACollectionThatIsMadeWithoutAKeyringNeverTakesOneIn) {
  std::filesystem::remove(home / "keyrings/login.keyring");
  import().note_that_it_is_due();
  EXPECT_FALSE(std::filesystem::exists(home / "coffer/login-import"));
}

TEST_F(LoginImportTest, TurnedOffItIsNeitherDueNorNoted) {
  auto off = import(false);
  EXPECT_FALSE(off.is_possible());
  off.note_that_it_is_due();
  EXPECT_FALSE(std::filesystem::exists(home / "coffer/login-import"));
}

TEST_F(LoginImportTest, OneThatIsInterruptedIsRepeatedAFewTimes) {
  import().note_that_it_is_due();
  make_login();
  for (std::uint32_t attempt = 1; attempt <= LoginImport::kAttempts; ++attempt) {
    auto again = import();
    ASSERT_TRUE(again.is_possible()) << attempt;
    ASSERT_TRUE(again.read_keyring(loop, 0));
    if (attempt == 2) continue;  // killed
    ASSERT_TRUE(again.end(ended(Verdict::interrupted)));
  }
  EXPECT_FALSE(import().is_possible());
}

TEST_F(LoginImportTest, OneWhoseVaultDiesEachTimeIsGivenUpToo) {
  auto daemon = import();
  daemon.note_that_it_is_due();
  for (std::uint32_t attempt = 0; attempt < LoginImport::kAttempts; ++attempt)
    ASSERT_TRUE(daemon.read_keyring(loop, 0));
  EXPECT_EQ(refusal(daemon, 0), base::Code::no_such_item);
  EXPECT_FALSE(daemon.is_possible());
}

TEST_F(LoginImportTest, ANoteThatMakesNoSenseImportsNothing) {
  import().note_that_it_is_due();
  for (const char* text : {"", "x", "due 1"}) {
    write_file(home / "coffer/login-import", text);
    EXPECT_FALSE(import().is_possible());
  }
}

TEST_F(LoginImportTest, NobodyEndsWhatWasNotBegun) {
  auto idle = import();
  EXPECT_FALSE(idle.end(ended(Verdict::read)));
  EXPECT_FALSE(std::filesystem::exists(home / "coffer/login-import"));
}

TEST(ForeignKeyrings, AreRegularFilesOfTheUser) {
  const TemporaryDirectory home;
  ::setenv("XDG_DATA_HOME", home.path.c_str(), 1);
  std::filesystem::create_directories(home / "keyrings/v1");
  const std::string path = home / "keyrings/login.keyring";
  EXPECT_TRUE(find_foreign_keyrings().empty());
  write_file(home / "keyrings/real", "");
  std::filesystem::create_symlink("real", path);
  EXPECT_TRUE(find_foreign_keyrings().empty());
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_TRUE(find_foreign_keyrings().empty());
  std::filesystem::remove(path);
  write_file(path, "");
  std::filesystem::resize_file(path, (std::uintmax_t{64} << 20) + 1);
  EXPECT_TRUE(find_foreign_keyrings().empty());
  write_file(path, "");
  write_file(home / "keyrings/v1/login.keyring", "");
  EXPECT_EQ(find_foreign_keyrings().size(), 2u);
  write_file(path + ".migrated", "");
  ASSERT_EQ(find_foreign_keyrings().size(), 1u);
  EXPECT_EQ(find_foreign_keyrings()[0].path, home / "keyrings/v1/login.keyring");
  ::unsetenv("XDG_DATA_HOME");
}

}  // namespace
}  // namespace broker
