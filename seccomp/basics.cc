#include "seccomp/policy.h"

namespace sandbox {
namespace {

constexpr Allowed kBasics[] = {
    {SCMP_SYS(read), "sockets, timers and event counters that are already open"},
    {SCMP_SYS(write), "the log, event counters"},
    {SCMP_SYS(recvmsg), "frames and descriptors from our other processes"},
    {SCMP_SYS(sendmsg), "frames and descriptors to our other processes"},
    {SCMP_SYS(epoll_wait), "the event loop"},
    {SCMP_SYS(epoll_pwait), "the event loop, on machines without epoll_wait"},
    {SCMP_SYS(epoll_ctl), "the event loop"},
    {SCMP_SYS(close), "what is no longer needed"},
    {SCMP_SYS(mmap), "heap; never code", kNotExecutable},
    {SCMP_SYS(mprotect), "heap growth; never code", kNotExecutable},
    {SCMP_SYS(munmap), "heap"},
    {SCMP_SYS(mremap), "large blocks that grow"},
    {SCMP_SYS(brk), "heap"},
    {SCMP_SYS(madvise), "giving heap pages back"},
    {SCMP_SYS(futex), "mutexes"},
    {SCMP_SYS(getrandom), "keys, nonces, hash seeds"},
    {SCMP_SYS(clock_gettime), "time, where the kernel offers no vDSO"},
    {SCMP_SYS(rt_sigreturn), "return from a signal handler"},
    {SCMP_SYS(restart_syscall), "a wait that was interrupted by a stop"},
    {SCMP_SYS(rt_sigprocmask), "abort()"},
    {SCMP_SYS(getpid), "abort()"},
    {SCMP_SYS(gettid), "abort()"},
    {SCMP_SYS(tgkill), "abort()"},
    {SCMP_SYS(exit), "the end of a thread"},
    {SCMP_SYS(exit_group), "the end of the process"},
};

}  // namespace

std::span<const Allowed> basics() { return kBasics; }

}  // namespace sandbox
