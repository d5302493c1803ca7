#include "cli/moving/whole_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace cli {
namespace {

namespace fs = std::filesystem;

class WholeFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "coffer-whole-XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder); }

  std::string content() const {
    std::ifstream file(folder / "file");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  base::Outcome write(std::string_view text, bool replace) {
    return write_whole_file(folder / "file", base::bytes_of(text), replace);
  }
  long entries() const {
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  }

  fs::path folder;
};

TEST_F(WholeFile, IsForItsOwnerAlone) {
  const mode_t former = ::umask(0);
  ASSERT_TRUE(write("text", false));
  ::umask(former);
  EXPECT_EQ(content(), "text");
  struct stat status {};
  ::stat((folder / "file").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(WholeFile, ReplacesOnlyWhenTold) {
  ASSERT_TRUE(write("old", false));
  const auto refused = write("new", false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::already_exists);
  EXPECT_EQ(content(), "old");
  ASSERT_TRUE(write("new", true));
  EXPECT_EQ(content(), "new");
  EXPECT_EQ(entries(), 1);
}

TEST_F(WholeFile, ALinkThatLeadsNowhereIsSomethingToo) {
  fs::create_symlink("nowhere", folder / "file");
  EXPECT_FALSE(check_absent(folder / "file"));
  EXPECT_FALSE(write("new", false));
  EXPECT_EQ(entries(), 1);
}

TEST_F(WholeFile, LeavesNothingBehindWhenItFails) {
  fs::create_directory(folder / "file");
  EXPECT_FALSE(write("new", true));
  EXPECT_FALSE(write("new", false));
  EXPECT_EQ(entries(), 1);
}

}  // namespace
}  // namespace cli
