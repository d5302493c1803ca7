// The vault: it lives on the descriptors that it was born with and those handed to it. It opens no
// file, makes no socket, starts no program and no thread; its root directory is empty, and its
// namespaces hold nobody else.
//
// Twenty-two calls, and what would be needed to do with fewer: memory that never grows (mmap,
// munmap, mremap, brk, madvise: 5), one connection to everyone instead of one each (epoll: 2), a
// broker that makes the locator key durable (fsync), a second process for key derivation (futex,
// exit), a portal that hands over sockets instead of pipes (splice, fcntl), answers that come later
// (sched_setaffinity).
#include <fcntl.h>
#include <sys/mman.h>

#include "seccomp/policy.h"

namespace sandbox {
namespace {

// Private memory without a file, never code.
constexpr Allowed::Condition kMemory[] = {{2, PROT_EXEC, 0},
                                          {3, MAP_ANONYMOUS | MAP_SHARED, MAP_ANONYMOUS}};

constexpr Allowed kCalls[] = {
    {SCMP_SYS(read), "event counters, passwords, the locator key"},
    {SCMP_SYS(write), "event counters, the locator key, the log"},
    {SCMP_SYS(recvmsg), "frames and descriptors from our other processes, passwords from the bus"},
    {SCMP_SYS(sendmsg), "frames to our other processes, secrets for a portal"},
#ifdef __NR_epoll_wait
    {SCMP_SYS(epoll_wait), "the event loop"},
#else
    {SCMP_SYS(epoll_pwait), "the event loop"},
#endif
    {SCMP_SYS(epoll_ctl), "the event loop: connections come and go"},
    {SCMP_SYS(splice), "secrets for a portal, passwords from the bus: see vault/handover.h",
     kWithoutWaiting},
    {SCMP_SYS(fcntl), "whether a stranger's descriptor is a pipe", kOnly<1, F_GETPIPE_SZ>},
    {SCMP_SYS(fcntl), "whether it is a file in memory", kOnly<1, F_GET_SEALS>},
    {SCMP_SYS(close), "what is no longer needed"},
    {SCMP_SYS(mmap), "heap; Argon2's memory", kMemory},
    {SCMP_SYS(munmap), "heap; Argon2's memory"},
    {SCMP_SYS(mremap), "large blocks that grow"},
    {SCMP_SYS(brk), "heap"},
    {SCMP_SYS(madvise), "giving heap pages back", kOnly<2, MADV_DONTNEED>},
    {SCMP_SYS(madvise), "giving the arena's pages back", kOnly<2, 24 /* MADV_DONTNEED_LOCKED */>},
    {SCMP_SYS(futex), "the two threads' queue"},
    {SCMP_SYS(getrandom), "keys, nonces, salts"},
    {SCMP_SYS(sched_setaffinity), "working where the frontend does", kItself},
    {SCMP_SYS(clock_gettime), "time, where the kernel offers no vDSO"},
    {SCMP_SYS(fsync), "the locator key, when it is made"},
    {SCMP_SYS(restart_syscall), "a wait that was interrupted by a stop"},
    {SCMP_SYS(exit), "the end of the second thread"},
    {SCMP_SYS(exit_group), "the end of the process"},
};

constexpr Limit kLimits[] = {
    {RLIMIT_CORE, 0, "keys are never written to a core file"},
    {RLIMIT_NOFILE, 256, "a few connections, and descriptors in transit"},
};

constexpr Kept kKeep[] = {
    {CAP_IPC_LOCK, Kept::For::itself, "Argon2's memory is locked when it is mapped"}};

}  // namespace

const Policy& vault_policy() {
  static const Policy policy{"coffer-vault", kCalls, {}, kLimits, kKeep, {}};
  return policy;
}

}  // namespace sandbox
