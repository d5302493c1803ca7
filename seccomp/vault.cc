// The vault: it lives on the descriptors that it was born with and those handed to it. It opens no
// file, makes no socket, starts no program and no thread.
#include "seccomp/policy.h"

namespace sandbox {
namespace {

constexpr Allowed kCalls[] = {
    {SCMP_SYS(newfstatat), "the size and kind of a descriptor that was handed over"},
    {SCMP_SYS(fstat), "the same, on other C libraries"},
    {SCMP_SYS(fsync), "the locator key, when it is made"},
};

constexpr Limit kLimits[] = {
    {RLIMIT_CORE, 0, "keys are never written to a core file"},
    {RLIMIT_NOFILE, 256, "a few connections, and descriptors in transit"},
};

}  // namespace

const Policy& vault_policy() {
  static const Policy policy{"coffer-vault", kCalls, kLimits, {}};
  return policy;
}

}  // namespace sandbox
