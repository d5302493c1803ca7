// What a process in its sandbox tries, to be killed for it.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <span>

#include "seccomp/sandbox.h"

namespace probe {

enum class Whom { all, but_broker, vault };  // who is killed for it

struct Attempt {
  const char* name;  // of the system call, as the broker's log has it
  long call;
  Whom whom = Whom::but_broker;
  std::array<long, 6> arguments{};

  void make() const {
    const auto& a = arguments;
    ::syscall(call, a[0], a[1], a[2], a[3], a[4], a[5]);
  }
  bool is_forbidden_to(sandbox::Role role) const {
    return whom == Whom::all || role == sandbox::Role::vault || role == sandbox::Role::formats ||
           (whom == Whom::but_broker && role == sandbox::Role::frontend);
  }
};

#define COFFER_CALL(call) #call, SYS_##call

inline constexpr Attempt kAttempts[] = {
    // Files.
    {COFFER_CALL(openat), Whom::but_broker, {AT_FDCWD}},
    {COFFER_CALL(openat2), Whom::all},
    {COFFER_CALL(unlinkat)},
    {COFFER_CALL(renameat2)},
    {COFFER_CALL(linkat)},
    {COFFER_CALL(symlinkat), Whom::all},
    {COFFER_CALL(mkdirat)},
    {COFFER_CALL(mknodat), Whom::all},
    {COFFER_CALL(fchmodat)},
    {COFFER_CALL(truncate), Whom::all},
    {COFFER_CALL(ftruncate)},
    {COFFER_CALL(getdents64)},
    {COFFER_CALL(readlinkat)},
    {COFFER_CALL(statx)},
    {COFFER_CALL(setxattr), Whom::all},
    {COFFER_CALL(sendfile), Whom::all},
    {COFFER_CALL(splice), Whom::all},
    {COFFER_CALL(inotify_init1), Whom::all},
    {COFFER_CALL(fanotify_init), Whom::all},
    {COFFER_CALL(open_by_handle_at), Whom::all},
    {COFFER_CALL(memfd_create), Whom::all},
    {COFFER_CALL(fcntl), Whom::but_broker, {0, F_SETPIPE_SZ}},
    {COFFER_CALL(dup)},
    {COFFER_CALL(ioctl)},
    // Connections.
    {COFFER_CALL(socket), Whom::but_broker, {AF_UNIX, SOCK_STREAM}},
    {COFFER_CALL(socket), Whom::all, {AF_INET, SOCK_STREAM}},
    {COFFER_CALL(socket), Whom::all, {AF_NETLINK, SOCK_RAW}},
    {COFFER_CALL(connect)},
    {COFFER_CALL(bind), Whom::all},
    {COFFER_CALL(listen), Whom::all},
    {COFFER_CALL(accept4)},
    {COFFER_CALL(socketpair)},
    // Programs and processes.
    {COFFER_CALL(execve)},
    {COFFER_CALL(execveat), Whom::all},
    {COFFER_CALL(clone), Whom::but_broker, {SIGCHLD}},
    {COFFER_CALL(clone3)},
    {COFFER_CALL(kill)},
    {COFFER_CALL(tkill), Whom::all},
    {COFFER_CALL(tgkill), Whom::vault},
    {COFFER_CALL(pidfd_open), Whom::all},
    {COFFER_CALL(pidfd_getfd), Whom::all},
    {COFFER_CALL(ptrace), Whom::all},
    {COFFER_CALL(process_vm_readv), Whom::all},
    {COFFER_CALL(process_vm_writev), Whom::all},
    {COFFER_CALL(rt_sigaction)},
    {COFFER_CALL(timer_create), Whom::all},
    {COFFER_CALL(sched_setaffinity), Whom::all, {1}},
    // Code.
    {COFFER_CALL(mmap),
     Whom::but_broker,
     {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1}},
    {COFFER_CALL(mmap), Whom::vault, {0, 4096, PROT_READ, MAP_SHARED, 0}},
    {COFFER_CALL(mprotect), Whom::but_broker, {0, 4096, PROT_READ | PROT_EXEC}},
    {COFFER_CALL(mprotect), Whom::vault, {0, 4096, PROT_READ}},
    {COFFER_CALL(personality), Whom::all},
    // Privileges.
    {COFFER_CALL(setuid), Whom::all},
    {COFFER_CALL(setresuid), Whom::all},
    {COFFER_CALL(setgroups), Whom::all},
    {COFFER_CALL(capset)},
    {COFFER_CALL(prctl)},
    {COFFER_CALL(seccomp)},
    {COFFER_CALL(prlimit64)},
    {COFFER_CALL(unshare), Whom::all, {CLONE_NEWUSER}},
    {COFFER_CALL(setns), Whom::all},
    {COFFER_CALL(mount), Whom::all},
    {COFFER_CALL(umount2), Whom::all},
    {COFFER_CALL(pivot_root), Whom::all},
    {COFFER_CALL(chroot)},
    // The kernel.
    {COFFER_CALL(keyctl), Whom::all},
    {COFFER_CALL(add_key), Whom::all},
    {COFFER_CALL(request_key), Whom::all},
    {COFFER_CALL(io_uring_setup), Whom::all},
    {COFFER_CALL(io_uring_enter), Whom::all},
    {COFFER_CALL(bpf), Whom::all},
    {COFFER_CALL(perf_event_open), Whom::all},
    {COFFER_CALL(userfaultfd), Whom::all},
    {COFFER_CALL(shmget), Whom::all},
    {COFFER_CALL(msgget), Whom::all},
    {COFFER_CALL(init_module), Whom::all},
    {COFFER_CALL(finit_module), Whom::all},
    {COFFER_CALL(kexec_load), Whom::all},
    {COFFER_CALL(reboot), Whom::all},
    {COFFER_CALL(madvise), Whom::vault, {0, 4096, MADV_DODUMP}},
    {COFFER_CALL(mlock2)},
    {COFFER_CALL(munlock), Whom::all},
    {COFFER_CALL(munlockall), Whom::all},
};

#undef COFFER_CALL

}  // namespace probe
