"""Runs a command where Landlock's system calls fail as on a kernel without them."""

import ctypes
import errno
import os
import sys

ALLOW, FAIL_AS_UNKNOWN = 0x7FFF0000, 0x00050000 | errno.ENOSYS
seccomp = ctypes.CDLL("libseccomp.so.2")
seccomp.seccomp_init.restype = ctypes.c_void_p
filter_ = ctypes.c_void_p(seccomp.seccomp_init(ALLOW))
for name in (b"landlock_create_ruleset", b"landlock_add_rule", b"landlock_restrict_self"):
    assert seccomp.seccomp_rule_add(filter_, FAIL_AS_UNKNOWN, seccomp.seccomp_syscall_resolve_name(name), 0) == 0
assert seccomp.seccomp_load(filter_) == 0
os.execvp(sys.argv[1], sys.argv[1:])
