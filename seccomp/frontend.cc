// The frontend: the bus and our other processes, over connections that are open already. No file,
// no new connection, no program.
#include <fcntl.h>

#include "seccomp/policy.h"

namespace sandbox {
namespace {

constexpr Allowed::Condition kGetFlags[] = {{1, 0xffffffff, F_GETFL}};
constexpr Allowed::Condition kSetFlags[] = {{1, 0xffffffff, F_SETFL}};
constexpr Allowed::Condition kGetFdFlags[] = {{1, 0xffffffff, F_GETFD}};
constexpr Allowed::Condition kSetFdFlags[] = {{1, 0xffffffff, F_SETFD}};

constexpr Allowed::Condition kDuplicate[] = {{1, 0xffffffff, F_DUPFD_CLOEXEC}};

constexpr Allowed kCalls[] = {
    {SCMP_SYS(poll), "libdbus: waiting for the answers at registration"},
    {SCMP_SYS(ppoll), "libdbus: the same, on machines without poll"},
    {SCMP_SYS(sendto), "libdbus: the bus"},
    {SCMP_SYS(recvfrom), "libdbus: the bus"},
    {SCMP_SYS(writev), "libdbus: a header and a body in one call"},
    {SCMP_SYS(getuid), "libdbus: EXTERNAL authentication"},
    {SCMP_SYS(geteuid), "libdbus: EXTERNAL authentication"},
    {SCMP_SYS(getresuid), "libdbus: whether we are setuid"},
    {SCMP_SYS(getresgid), "libdbus: whether we are setuid"},
    {SCMP_SYS(getsockopt), "libdbus: what the socket can carry"},
    {SCMP_SYS(getsockname), "libdbus: whether the socket carries descriptors"},
    {SCMP_SYS(fcntl), "libdbus: non-blocking sockets", kGetFlags},
    {SCMP_SYS(fcntl), "libdbus: non-blocking sockets", kSetFlags},
    {SCMP_SYS(fcntl), "libdbus: close-on-exec of received descriptors", kGetFdFlags},
    {SCMP_SYS(fcntl), "libdbus: close-on-exec of received descriptors", kSetFdFlags},
    {SCMP_SYS(fcntl), "libdbus: taking a descriptor out of a message", kDuplicate},
    {SCMP_SYS(shutdown), "libdbus: the end of the connection"},
};

constexpr Limit kLimits[] = {
    {RLIMIT_CORE, 0, "labels, attributes and plain sessions' secrets pass through here"},
    {RLIMIT_NOFILE, 256, "the bus, two of our own, and descriptors in transit"},
};

}  // namespace

const Policy& frontend_policy() {
  static const Policy policy{"coffer-frontend", kCalls, kLimits, {}};
  return policy;
}

}  // namespace sandbox
