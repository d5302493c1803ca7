#include "broker/data_directory.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/broker/temporary_directory.h"

namespace broker {
namespace {

using testing::HasSubstr;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(DataDirectory, IsMadePrivateWithItsParents) {
  const TemporaryDirectory top;
  auto directory = DataDirectory::open(top / "a/b/coffer/");
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->path(), top / "a/b/coffer");
  for (const char* made : {"a", "a/b", "a/b/coffer", "a/b/coffer/collections"})
    EXPECT_EQ(mode_of(top / made), 0700u) << made;
}

TEST(DataDirectory, IsFoundBelowXdgDataHome) {
  const TemporaryDirectory top;
  ::setenv("XDG_DATA_HOME", top.path.c_str(), 1);
  auto directory = DataDirectory::open({});
  ::unsetenv("XDG_DATA_HOME");
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->path(), top / "coffer");
}

TEST(DataDirectory, IsTightenedWhenItIsOurs) {
  const TemporaryDirectory top;
  ASSERT_TRUE(DataDirectory::open(top / "coffer"));
  ::chmod((top / "coffer").c_str(), 0755);
  ASSERT_TRUE(DataDirectory::open(top / "coffer"));
  EXPECT_EQ(mode_of(top / "coffer"), 0700u);
}

TEST(DataDirectory, LeavesDirectoriesWithOtherThingsAlone) {
  const TemporaryDirectory top;
  write_file(top / "letters", "dear");
  ::chmod(top.path.c_str(), 0755);
  auto directory = DataDirectory::open(top.path);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, base::Code::denied);
  EXPECT_EQ(mode_of(top.path), 0755u);
}

TEST(DataDirectory, OfSomebodyElseIsRefused) {
  // root makes one; everybody else finds one.
  const TemporaryDirectory top;
  const bool is_root = ::geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(::chown(top.path.c_str(), 65534, 65534), 0);
  }
  auto directory = DataDirectory::open(is_root ? top.path : "/");
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, base::Code::denied);
  EXPECT_THAT(directory.error().what,
              HasSubstr(is_root ? "belongs to user 65534" : "belongs to user"));
}

TEST(DataDirectory, HasOneUserAtATimeWhoIsNamed) {
  const TemporaryDirectory top;
  auto first = DataDirectory::open(top / "coffer");
  auto second = DataDirectory::open(top / "coffer");
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(first->lock());
  EXPECT_TRUE(first->lock());
  auto refused = second->lock();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::busy);
  EXPECT_THAT(refused.error().what, HasSubstr("(pid " + std::to_string(::getpid()) + ")"));
  EXPECT_THAT(refused.error().what, HasSubstr(top / "coffer"));
  first = DataDirectory::open(top / "coffer");  // closes the first
  EXPECT_TRUE(second->lock());
}

TEST(DataDirectory, OpensTheLocatorKeyForReadingAndWriting) {
  const TemporaryDirectory top;
  auto directory = DataDirectory::open(top / "coffer");
  ASSERT_TRUE(directory);
  auto key = directory->open_locator_key();
  ASSERT_TRUE(key);
  EXPECT_EQ(::fcntl(key->get(), F_GETFL) & O_ACCMODE, O_RDWR);
  EXPECT_EQ(mode_of(top / "coffer/locator.key") & 0077u, 0u);
  ASSERT_EQ(::write(key->get(), "key", 3), 3);
  ASSERT_TRUE(directory->open_locator_key());
  EXPECT_EQ(contents_of(top / "coffer/locator.key"), "key");
}

TEST(DataDirectory, DoesNotFollowALinkInPlaceOfTheLocatorKey) {
  const TemporaryDirectory top;
  auto directory = DataDirectory::open(top / "coffer");
  ASSERT_TRUE(directory);
  std::filesystem::create_symlink("/etc/passwd", top / "coffer/locator.key");
  EXPECT_FALSE(directory->open_locator_key());
}

}  // namespace
}  // namespace broker
