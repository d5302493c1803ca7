// The helper that reads and writes the files of other password managers: what it reads was made by
// whoever wrote the file, and is parsed in many ways. It computes, and moves bytes between the
// pipes that it was born with. No file, no socket, no program, no thread, no signal.
#include <sys/mman.h>

#include "seccomp/policy.h"

namespace sandbox {
namespace {

// Private memory without a file, never code.
constexpr Allowed::Condition kMemory[] = {{2, PROT_EXEC, 0},
                                          {3, MAP_ANONYMOUS | MAP_SHARED, MAP_ANONYMOUS}};

constexpr Allowed kCalls[] = {
    {SCMP_SYS(read), "the request, the file or the document, the file's key"},
    {SCMP_SYS(write), "the document or the file, the question for its key"},
    {SCMP_SYS(mmap), "heap: a file may be large", kMemory},
    {SCMP_SYS(munmap), "heap"},
    {SCMP_SYS(mremap), "large blocks that grow"},
    {SCMP_SYS(brk), "heap"},
    {SCMP_SYS(madvise), "giving heap pages back", kOnly<2, MADV_DONTNEED>},
    {SCMP_SYS(getrandom), "salts and initialisation vectors of what is written"},
    {SCMP_SYS(restart_syscall), "a wait that was interrupted by a stop"},
    {SCMP_SYS(exit_group), "its end"},
};

constexpr Limit kLimits[] = {
    {RLIMIT_CORE, 0, "other managers' passwords pass through here"},
    {RLIMIT_NOFILE, 16, "three pipes; one more while Landlock is closed"},
    {RLIMIT_CPU, 300, "seconds: a file that keeps it busy forever must not"},
};

}  // namespace

const Policy& formats_policy() {
  static const Policy policy{.process = "coffer-formats", .calls = kCalls, .limits = kLimits};
  return policy;
}

}  // namespace sandbox
