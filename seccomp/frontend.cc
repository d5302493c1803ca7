// The frontend: the bus and our other processes, over connections that are open already. No file,
// no new connection, no program. It stays in the user's namespaces: the bus, and the kernel for a
// peer's sake, must see it as the user.
#include <fcntl.h>

#include "seccomp/policy.h"

namespace sandbox {
namespace {

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
    {SCMP_SYS(fcntl), "libdbus: non-blocking sockets", kOnly<1, F_GETFL>},
    {SCMP_SYS(fcntl), "libdbus: non-blocking sockets", kOnly<1, F_SETFL>},
    {SCMP_SYS(fcntl), "libdbus: close-on-exec of received descriptors", kOnly<1, F_GETFD>},
    {SCMP_SYS(fcntl), "libdbus: close-on-exec of received descriptors", kOnly<1, F_SETFD>},
    {SCMP_SYS(fcntl), "libdbus: taking a descriptor out of a message", kOnly<1, F_DUPFD_CLOEXEC>},
    {SCMP_SYS(sched_setaffinity), "staying beside the vault", kItself},
    {SCMP_SYS(getcpu), "where we run, where the kernel offers no vDSO"},
    {SCMP_SYS(shutdown), "libdbus: the end of the connection"},
};

constexpr Limit kLimits[] = {
    {RLIMIT_CORE, 0, "labels, attributes and plain sessions' secrets pass through here"},
    {RLIMIT_NOFILE, 1024,
     "the bus (twice), two of our own, 128 calls of the portal, and what messages that are not "
     "handled yet carry: 64, and one message more, 253"},
};

}  // namespace

const Policy& frontend_policy() {
  static const Policy policy{"coffer-frontend", kCalls, basics(), kLimits, {}, {}};
  return policy;
}

}  // namespace sandbox
