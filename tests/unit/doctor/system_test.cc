// Memory, the kernel and permissions.
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/unit/doctor/tree.h"

namespace cli {
namespace {

using System = TreeTest;

constexpr std::uint64_t kMiB = 1024 * 1024;

TEST_F(System, MemoryThatIsLockedIsGood) {
  const std::string locked = "keys are kept in 5120 KiB of locked memory (mlock)";
  expect(check_memory(locked, 8 * kMiB, false), State::good, "locked memory");
  expect(check_memory("", 8 * kMiB, false), State::good, "8192 KiB");
  expect(check_memory("", 64 * 1024, true), State::good, "CAP_IPC_LOCK");
  expect(check_memory("", RLIM_INFINITY, false), State::good, "unlimited");
}

TEST_F(System, MemoryThatIsNotLockedIsTold) {
  const std::string unlocked = "memory cannot be locked, so keys may be swapped to disk";
  expect(check_memory(unlocked, 64 * 1024, false), State::warning, "setcap");
  expect(check_memory(unlocked, 64 * 1024, true), State::warning, "restart cofferd");
  expect(check_memory("", 64 * 1024, false), State::warning, "64 KiB");
}

TEST_F(System, ACapabilityIsReadFromTheFilesAttribute) {
  // As "setcap cap_ipc_lock=+p" writes it, and as "cap_net_raw=+ep" does.
  const std::string ours("\0\0\0\2\0\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  const std::string other("\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  EXPECT_TRUE(grants_ipc_lock(ours));
  EXPECT_FALSE(grants_ipc_lock(other));
  for (std::size_t size = 0; size < 12; ++size) EXPECT_FALSE(grants_ipc_lock(ours.substr(0, size)));
}

TEST_F(System, TheDataIsTheUsersAlone) {
  const std::string path = "/home/user/.local/share/coffer";
  expect(check_data(machine_, path, ::getuid()), State::good, "not there yet");
  write(path + "/collections/login.coffer", "");
  const auto allow = [&](const std::string& folder, mode_t mode) {
    ASSERT_EQ(::chmod((machine_.root + folder).c_str(), mode), 0);
  };
  allow(path, 0700);
  allow(path + "/collections", 0700);
  expect(check_data(machine_, path, ::getuid()), State::good);
  expect(check_data(machine_, path, ::getuid() + 1), State::failed, "chown");
  allow(path, 0750);
  expect(check_data(machine_, path, ::getuid()), State::warning, "chmod 700 " + path);
  allow(path, 0700);
  allow(path + "/collections", 0701);
  expect(check_data(machine_, path, ::getuid()), State::warning, "collections");
  remove(path);
  write(path, "a file");
  expect(check_data(machine_, path, ::getuid()), State::failed, "no folder");
}

TEST_F(System, DebuggingOfOnesOwnProgramsIsOfNote) {
  expect(check_debugging(machine_)[0], State::warning, "ptrace_scope=1");
  write("/proc/sys/kernel/yama/ptrace_scope", "0\n");
  expect(check_debugging(machine_)[0], State::warning, "ptrace_scope=1");
  write("/proc/sys/kernel/yama/ptrace_scope", "1\n");
  write("/proc/sys/kernel/core_pattern", "|/usr/lib/systemd/systemd-coredump %P\n");
  ASSERT_EQ(check_debugging(machine_).size(), 1u);
  expect(check_debugging(machine_)[0], State::good, "systemd-coredump");
  write("/proc/sys/fs/suid_dumpable", "1\n");
  expect(check_debugging(machine_)[0], State::warning, "suid_dumpable=0");
}

TEST_F(System, AKernelWithoutLandlockIsTold) {
  expect(check_landlock(4), State::good, "version 4");
  expect(check_landlock(0), State::warning, "lsm=");
}

TEST_F(System, FilesAreReadWithBounds) {
  write("/big", std::string(2 * kMiB, 'x'));
  EXPECT_FALSE(machine_.read("/big"));
  EXPECT_FALSE(machine_.read("/none"));
  EXPECT_FALSE(machine_.read("/"));
  const std::string text = "a=0\n[g]\n a = 1 \n#a=2\n[h]\na=3\n[g]\na=4\nb";
  EXPECT_EQ(ini_value(text, "g", "a"), "4");
  EXPECT_EQ(ini_value(text, "h", "a"), "3");
  EXPECT_EQ(ini_value(text, "g", "b"), std::nullopt);
}

}  // namespace
}  // namespace cli
