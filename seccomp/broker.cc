// The broker: files of the data directory, and starting the other two, which inherit this list
// until they close their own. So it names what a program needs to start, as well as what storage
// needs. Absent for all three, from here on: ptrace and the memory of other processes, kernel
// keyrings (but for one that the configuration may ask for), mounts, namespaces, modules, bpf,
// perf, io_uring, and every other call that is not named.
#include <linux/keyctl.h>
#include <sched.h>

#include "seccomp/policy.h"

namespace sandbox {
namespace {

constexpr auto& kUnixDomain = kOnly<0, 1 /* AF_UNIX */>;
constexpr auto& kNamespaces = kOnly<0, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
                                           CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP>;

constexpr Allowed kCalls[] = {
    // The store (SQLite) and the data directory.
    {SCMP_SYS(openat), "files of the store"},
    {SCMP_SYS(open), "the same, on other C libraries"},
    {SCMP_SYS(pread64), "pages"},
    {SCMP_SYS(pwrite64), "pages"},
    {SCMP_SYS(pwritev), "pages"},
    {SCMP_SYS(lseek), "file sizes"},
    {SCMP_SYS(fsync), "durability"},
    {SCMP_SYS(fdatasync), "durability"},
    {SCMP_SYS(ftruncate), "the write-ahead log"},
    {SCMP_SYS(fallocate), "the write-ahead log"},
    {SCMP_SYS(fcntl), "record locks, descriptor flags"},
    {SCMP_SYS(flock), "the instance lock"},
    {SCMP_SYS(newfstatat), "files"},
    {SCMP_SYS(fstat), "files"},
    {SCMP_SYS(stat), "files"},
    {SCMP_SYS(lstat), "files"},
    {SCMP_SYS(statx), "files"},
    {SCMP_SYS(statfs), "file systems"},
    {SCMP_SYS(fstatfs), "file systems"},
    {SCMP_SYS(access), "files"},
    {SCMP_SYS(faccessat), "files"},
    {SCMP_SYS(faccessat2), "files"},
    {SCMP_SYS(readlink), "paths"},
    {SCMP_SYS(readlinkat), "paths"},
    {SCMP_SYS(getcwd), "relative paths"},
    {SCMP_SYS(getdents64), "the collections that there are"},
    {SCMP_SYS(mkdir), "the data directory"},
    {SCMP_SYS(mkdirat), "the data directory"},
    {SCMP_SYS(rename), "new collections appear whole"},
    {SCMP_SYS(renameat), "new collections appear whole"},
    {SCMP_SYS(renameat2), "new collections appear whole, and never over another"},
    {SCMP_SYS(link), "new collections appear whole, and never over another"},
    {SCMP_SYS(linkat), "new collections appear whole, and never over another"},
    {SCMP_SYS(unlink), "deleted collections"},
    {SCMP_SYS(unlinkat), "deleted collections"},
    {SCMP_SYS(chmod), "0700 and 0600"},
    {SCMP_SYS(fchmod), "0700 and 0600"},
    {SCMP_SYS(fchmodat), "0700 and 0600"},
    {SCMP_SYS(fchown), "SQLite, as root: a journal belongs to whom its database belongs"},
    {SCMP_SYS(umask), "0700 and 0600"},
    {SCMP_SYS(utimensat), "SQLite"},
    {SCMP_SYS(sysinfo), "the C library's qsort: how much memory there is"},
    {SCMP_SYS(sync_file_range), "SQLite"},
    // Starting and watching the other two.
    {SCMP_SYS(clone), "a new process"},
    {SCMP_SYS(clone3), "a new process; the vault's thread"},
    {SCMP_SYS(fork), "a new process"},
    {SCMP_SYS(vfork), "a new process"},
    {SCMP_SYS(execve), "coffer-vault, coffer-frontend, coffer-formats"},
    {SCMP_SYS(wait4), "how one of them ended"},
    {SCMP_SYS(waitid), "how one of them ended"},
    {SCMP_SYS(kill), "ending one that does not end by itself"},
    {SCMP_SYS(signalfd4), "signals in the event loop"},
    {SCMP_SYS(socketpair), "the connections between the three"},
    {SCMP_SYS(dup), "descriptors for a new process"},
    {SCMP_SYS(dup2), "descriptors for a new process"},
    {SCMP_SYS(dup3), "descriptors for a new process"},
    {SCMP_SYS(close_range), "no other descriptor for a new process"},
    {SCMP_SYS(pipe2), "a new process's failure to start; the vault's own pipe"},
    {SCMP_SYS(setsid), "a new process"},
    {SCMP_SYS(rt_sigaction), "signals back to their defaults in a new process"},
    {SCMP_SYS(rt_sigpending), "signals"},
    {SCMP_SYS(rt_sigtimedwait), "signals"},
    {SCMP_SYS(sigaltstack), "signals"},
    {SCMP_SYS(getppid), "whether the broker is still there"},
    {SCMP_SYS(getpgrp), "signals"},
    {SCMP_SYS(getuid), "who we are"},
    {SCMP_SYS(geteuid), "who we are"},
    {SCMP_SYS(getgid), "who we are"},
    {SCMP_SYS(getegid), "who we are"},
    {SCMP_SYS(getresuid), "libdbus: whether we are setuid"},
    {SCMP_SYS(getresgid), "libdbus: whether we are setuid"},
    {SCMP_SYS(uname), "the C library"},
    {SCMP_SYS(nanosleep), "waiting in steps"},
    {SCMP_SYS(clock_nanosleep), "waiting in steps"},
    {SCMP_SYS(timerfd_create), "timers"},
    {SCMP_SYS(timerfd_settime), "timers"},
    {SCMP_SYS(ioctl), "whether a descriptor is a terminal"},
    // What only the other two do, before they close their own sandboxes.
    {SCMP_SYS(arch_prctl), "the loader"},
    {SCMP_SYS(set_tid_address), "the loader"},
    {SCMP_SYS(set_robust_list), "the loader, threads"},
    {SCMP_SYS(rseq), "the loader, threads"},
    {SCMP_SYS(mmap), "the loader maps code"},
    {SCMP_SYS(mprotect), "the loader protects what it relocated"},
    {SCMP_SYS(prlimit64), "their own limits"},
    {SCMP_SYS(getrlimit), "their own limits"},
    {SCMP_SYS(setrlimit), "their own limits"},
    {SCMP_SYS(prctl), "their own sandboxes"},
    {SCMP_SYS(seccomp), "their own sandboxes"},
    {SCMP_SYS(capget), "their own capabilities"},
    {SCMP_SYS(capset), "their own capabilities"},
    {SCMP_SYS(unshare), "the vault's namespaces", kNamespaces},
    {SCMP_SYS(chroot), "the vault's empty root"},
    {SCMP_SYS(chdir), "the vault's empty root"},
    {SCMP_SYS(landlock_create_ruleset), "their own paths: none"},
    {SCMP_SYS(landlock_restrict_self), "their own paths: none"},
    {SCMP_SYS(mlock), "the vault's arena and stacks"},
    {SCMP_SYS(mlock2), "the vault's arena and stacks"},
    {SCMP_SYS(mlockall), "the vault, where it has CAP_IPC_LOCK"},
    {SCMP_SYS(memfd_secret), "the vault's arena"},
    {SCMP_SYS(sched_setaffinity), "the vault and the frontend: working side by side", kItself},
    {SCMP_SYS(getcpu), "the frontend: where it runs"},
    {SCMP_SYS(sched_getaffinity), "the vault's thread: its stack's size"},
    {SCMP_SYS(sched_getparam), "the vault's thread"},
    {SCMP_SYS(sched_getscheduler), "the vault's thread"},
    {SCMP_SYS(eventfd2), "the vault's thread reports to its loop"},
    {SCMP_SYS(epoll_create1), "their event loops"},
    {SCMP_SYS(socket), "the frontend's connection to the bus", kUnixDomain},
    {SCMP_SYS(connect), "the frontend's connection to the bus"},
    {SCMP_SYS(getsockname), "the frontend's connection to the bus"},
    {SCMP_SYS(getpeername), "the frontend's connection to the bus"},
    {SCMP_SYS(getsockopt), "who connected for a login; the frontend's connection to the bus"},
    {SCMP_SYS(accept4), "logins"},
    {SCMP_SYS(setsockopt), "the frontend's connection to the bus"},
    {SCMP_SYS(shutdown), "the frontend's connection to the bus"},
    {SCMP_SYS(sendto), "the frontend's connection to the bus"},
    {SCMP_SYS(recvfrom), "the frontend's connection to the bus"},
    {SCMP_SYS(poll), "the frontend's connection to the bus"},
    {SCMP_SYS(ppoll), "the frontend's connection to the bus"},
    {SCMP_SYS(writev), "the frontend's connection to the bus"},
    {SCMP_SYS(readv), "the store"},
    {SCMP_SYS(splice), "the vault: secrets for a portal", kWithoutWaiting},
};

// session.backing = "kernel" alone; the keyring was found before the sandbox closed.
constexpr Allowed kKeyCalls[] = {
    {SCMP_SYS(add_key), "a session item's sealed row"},
    {SCMP_SYS(keyctl), "a row by its number", kOnly<0, KEYCTL_SEARCH>},
    {SCMP_SYS(keyctl), "rows from before a restart", kOnly<0, KEYCTL_READ>},
    {SCMP_SYS(keyctl), "a row for its possessors alone", kOnly<0, KEYCTL_SETPERM>},
    {SCMP_SYS(keyctl), "a deleted item's row, wherever it is", kOnly<0, KEYCTL_INVALIDATE>},
    {SCMP_SYS(keyctl), "a deleted item's row, at once", kOnly<0, KEYCTL_UNLINK>},
};

constexpr Limit kLimits[] = {
    {RLIMIT_CORE, 0, "nothing of ours is ever written to a core file"},
};

constexpr Kept kKeep[] = {{CAP_IPC_LOCK, Kept::For::child, "the vault inherits it"}};

// Programs and their libraries are read by the loader; only those of ours that the broker starts,
// and the loader, may be executed (see broker/programs.cc).
constexpr Reach kReach[] = {
    {"/dev/null", Access::write, "standard input and output of the other two"},
    {"/etc/machine-id", Access::read, "the frontend: org.freedesktop.DBus.Peer"},
    {"/etc/ld.so.cache", Access::read, "the loader"},
    {"/usr", Access::read, "libraries"},
    {"/lib", Access::read, "libraries"},
    {"/lib64", Access::read, "libraries"},
    {"/nix/store", Access::read, "libraries, on NixOS"},
    {"/gnu/store", Access::read, "libraries, on Guix"},
};

}  // namespace

const Policy& broker_policy() {
  static const Policy policy{.process = "cofferd",
                             .calls = kCalls,
                             .more_calls = basics(),
                             .limits = kLimits,
                             .keep = kKeep,
                             .reach = kReach,
                             .foreign_sockets = true};  // the session bus, for the frontend
  return policy;
}

const Policy& broker_with_keys_policy() {
  static const Policy policy = [] {
    Policy wished = broker_policy();
    wished.wished_calls = kKeyCalls;
    return wished;
  }();
  return policy;
}

}  // namespace sandbox
