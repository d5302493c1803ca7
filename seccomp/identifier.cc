// The identifier: says what a process is called, for which it must look into /proc of processes
// outside, and who publishes an application, for which it must read Flatpak's files. Landlock and
// user namespaces would close these to it, so it has neither; it opens files for reading, and no
// others.
#include <fcntl.h>

#include "seccomp/policy.h"

namespace sandbox {
namespace {

// Folders too, whose flag is a part of O_TMPFILE.
constexpr Allowed::Condition kReading[] = {
    {2, O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), O_RDONLY}};

constexpr Allowed kCalls[] = {
    {SCMP_SYS(read), "questions; files of /proc and of Flatpak"},
    {SCMP_SYS(write), "answers; its last words"},
    {SCMP_SYS(openat), "files of /proc and of Flatpak", kReading},
    {SCMP_SYS(getdents64), "the files of Flatpak's installations.d"},
    {SCMP_SYS(fstat), "whether that is a folder"},
    {SCMP_SYS(newfstatat), "whether that is a folder"},
    {SCMP_SYS(close), "files of /proc"},
    {SCMP_SYS(readlink), "/proc/PID/exe"},
    {SCMP_SYS(readlinkat), "/proc/PID/exe, on machines without readlink"},
    {SCMP_SYS(mmap), "heap; never code", kNotExecutable},
    {SCMP_SYS(munmap), "heap"},
    {SCMP_SYS(mremap), "heap"},
    {SCMP_SYS(brk), "heap"},
    {SCMP_SYS(restart_syscall), "a wait that was interrupted by a stop"},
    {SCMP_SYS(exit_group), "its end"},
};

constexpr Limit kLimits[] = {
    {RLIMIT_CORE, 0, "no core files"},
    {RLIMIT_NOFILE, 16, "one question at a time"},
};

}  // namespace

const Policy& identifier_policy() {
  static const Policy policy{
      .process = "coffer-identify", .calls = kCalls, .limits = kLimits, .any_path = true};
  return policy;
}

}  // namespace sandbox
