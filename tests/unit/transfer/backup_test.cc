#include "transfer/backup.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace transfer {
namespace {

// What arrives of what `send` writes.
template <class F>
base::Result<Backup> received(F&& send) {
  const base::UniqueFd file(::memfd_create("frames", MFD_CLOEXEC));
  send(file.get());
  ::lseek(file.get(), 0, SEEK_SET);
  return receive_backup(file.get());
}

Backup a_backup() {
  Backup made;
  made.created = 5;
  made.collections.resize(2);
  made.collections[0].start.label.value = "Login";
  made.collections[0].records.resize(1);
  made.collections[0].records[0].label.value = "an item";
  made.aliases = {{1, {"default"}}};
  made.keyrings = {{{"org.example.App"}, {base::copy_of(base::bytes_of("a file"))}}};
  return made;
}

base::Code refusal(const Contents& contents) {
  const auto backup = received([&](int fd) { EXPECT_TRUE(static_cast<bool>(send(fd, contents))); });
  EXPECT_FALSE(backup);
  return backup ? base::Code::internal : backup.error().code;
}

TEST(Backup, ArrivesAsItWas) {
  const auto backup =
      received([](int fd) { EXPECT_TRUE(static_cast<bool>(send_backup(fd, a_backup()))); });
  ASSERT_TRUE(backup);
  EXPECT_EQ(backup->created, 5u);
  ASSERT_EQ(backup->collections.size(), 2u);
  EXPECT_EQ(backup->collections[0].start.label.value, "Login");
  ASSERT_EQ(backup->collections[0].records.size(), 1u);
  EXPECT_EQ(backup->collections[0].records[0].label.value, "an item");
  ASSERT_EQ(backup->aliases.size(), 1u);
  EXPECT_EQ(backup->aliases[0].collection, 1u);
  ASSERT_EQ(backup->keyrings.size(), 1u);
  EXPECT_EQ(base::text_of(backup->keyrings[0].file.value), "a file");
}

TEST(Backup, OneThatEndsEarlyIsRefused) {
  Contents contents;
  contents.collections = 1;
  EXPECT_EQ(refusal(contents), base::Code::damaged);
}

TEST(Backup, AFailureComesInItsPlace) {
  const auto backup = received([](int fd) {
    const Failure failure{base::Code::wrong_password, {"no"}};
    EXPECT_TRUE(static_cast<bool>(send(fd, failure)));
  });
  ASSERT_FALSE(backup);
  EXPECT_EQ(backup.error().code, base::Code::wrong_password);
}

TEST(Backup, CountsAndAliasesThatMakeNoSenseAreRefused) {
  Contents contents;
  contents.aliases.items = {{0, {"login"}}};
  EXPECT_EQ(refusal(contents), base::Code::damaged);
  contents = {};
  contents.keyrings = kMaxParts + 1;
  EXPECT_EQ(refusal(contents), base::Code::damaged);
  contents = {};
  contents.version = kVersion + 1;
  EXPECT_EQ(refusal(contents), base::Code::not_supported);
}

TEST(Backup, ItsPartsShareTheirRoom) {
  Room room;
  EXPECT_TRUE(static_cast<bool>(room.take(kMaxDocument)));
  EXPECT_FALSE(static_cast<bool>(room.take(1)));
}

}  // namespace
}  // namespace transfer
