#include "seccomp/sandbox.h"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <type_traits>

#include "seccomp/policy.h"

namespace sandbox {
namespace {

const Policy& policy_of(Role role) {
  switch (role) {
    case Role::broker:
      return broker_policy();
    case Role::vault:
      return vault_policy();
    case Role::frontend:
      return frontend_policy();
  }
  return vault_policy();
}

base::Outcome set_limits(const Policy& policy) {
  for (const Limit& limit : policy.limits) {
    rlimit now{};
    ::getrlimit(limit.resource, &now);
    const rlim_t most = std::min(limit.most, now.rlim_max);
    const rlimit lower{most, most};
    if (::setrlimit(limit.resource, &lower) < 0)
      return base::system_failure(errno,
                                  fmt::format("{}: cannot lower a resource limit", policy.process));
  }
  return base::Ok{};
}

base::Outcome refuse_tracing(const Policy& policy) {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return base::system_failure(errno,
                                fmt::format("{}: cannot give up privileges", policy.process));
  return base::Ok{};
}

using FreeCapabilities = std::integral_constant<int (*)(void*), &cap_free>;
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

// What stays permitted is also inheritable and ambient: it reaches the vault through execve.
base::Outcome reduce_capabilities(const Policy& policy) {
  const auto failed = [&] {
    return base::system_failure(errno, fmt::format("{}: cannot drop capabilities", policy.process));
  };
  const Capabilities now(cap_get_proc());
  const Capabilities reduced(cap_init());
  if (!now || !reduced) return failed();
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (cap_value_t cap = 0; CAP_IS_SUPPORTED(cap); ++cap) {
    cap_flag_value_t permitted = CAP_CLEAR;
    cap_get_flag(now.get(), cap, CAP_PERMITTED, &permitted);
    const bool keep = std::find(policy.keep.begin(), policy.keep.end(), cap) != policy.keep.end();
    if (!keep) cap_drop_bound(cap);  // succeeds where we have CAP_SETPCAP, and matters only there
    if (!keep || permitted != CAP_SET) continue;
    for (const cap_flag_t flag : {CAP_PERMITTED, CAP_INHERITABLE})
      if (cap_set_flag(reduced.get(), flag, 1, &cap, CAP_SET) < 0) return failed();
  }
  if (cap_set_proc(reduced.get()) < 0) return failed();
  for (const cap_value_t cap : policy.keep)
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);  // fails where it was not given
  return base::Ok{};
}

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, ReleaseFilter>;

int add(void* filter, const Allowed& allowed) {
  std::array<scmp_arg_cmp, 6> conditions{};
  unsigned count = 0;
  for (const Allowed::Condition& c : allowed.conditions)
    conditions[count++] = {c.argument, SCMP_CMP_MASKED_EQ, c.mask, c.value};
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed.call, count, conditions.data());
}

[[maybe_unused]] base::Outcome load_filter(const Policy& policy) {
  const Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter)
    return base::fail(base::Code::internal,
                      fmt::format("{}: no memory for its sandbox", policy.process));
  int result = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  for (const auto& table : {basics(), policy.calls})
    for (const Allowed& allowed : table)
      if (result == 0) result = add(filter.get(), allowed);
  if (result == 0) result = seccomp_load(filter.get());
  if (result != 0)
    return base::system_failure(
        -result, fmt::format("{}: cannot close its sandbox (seccomp)", policy.process));
  return base::Ok{};
}

}  // namespace

base::Outcome drop_capabilities(Role role) { return reduce_capabilities(policy_of(role)); }

base::Outcome enter(Role role) {
  const Policy& policy = policy_of(role);
  if (auto done = set_limits(policy); !done) return done;
  if (auto done = reduce_capabilities(policy); !done) return done;
  if (auto done = refuse_tracing(policy); !done) return done;
#ifndef COFFER_SANITIZED  // sanitizers make calls of their own; such builds are never installed
  if (auto done = load_filter(policy); !done) return done;
#endif
  return base::Ok{};
}

}  // namespace sandbox
