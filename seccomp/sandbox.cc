#include "seccomp/sandbox.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <type_traits>

#include "seccomp/landlock.h"
#include "seccomp/last_words.h"
#include "seccomp/namespaces.h"
#include "seccomp/policy.h"

namespace sandbox {
namespace {

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

const Kept* find(std::span<const Kept> keep, cap_value_t capability) {
  const auto at = std::find_if(keep.begin(), keep.end(),
                               [&](const Kept& kept) { return kept.capability == capability; });
  return at == keep.end() ? nullptr : &*at;
}

bool is_permitted(const Capabilities& now, cap_value_t capability) {
  cap_flag_value_t permitted = CAP_CLEAR;
  return now && cap_get_flag(now.get(), capability, CAP_PERMITTED, &permitted) == 0 &&
         permitted == CAP_SET;
}

base::Outcome reduce_capabilities(const char* process, std::span<const Kept> keep) {
  const auto failed = [&] {
    return base::system_failure(errno, fmt::format("{}: cannot drop capabilities", process));
  };
  const Capabilities now(cap_get_proc());
  const Capabilities reduced(cap_init());
  if (!now || !reduced) return failed();
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (cap_value_t capability = 0; CAP_IS_SUPPORTED(capability); ++capability) {
    const Kept* kept = find(keep, capability);
    if (!kept) cap_drop_bound(capability);  // succeeds with CAP_SETPCAP, and matters only there
    if (!kept || !is_permitted(now, capability)) continue;
    const cap_flag_t use = kept->whom == Kept::For::itself ? CAP_EFFECTIVE : CAP_INHERITABLE;
    for (const cap_flag_t flag : {CAP_PERMITTED, use})
      if (cap_set_flag(reduced.get(), flag, 1, &capability, CAP_SET) < 0) return failed();
  }
  if (cap_set_proc(reduced.get()) < 0) return failed();
  for (const Kept& kept : keep)
    if (kept.whom == Kept::For::child)  // fails where it was not given
      ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, kept.capability, 0, 0);
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

// A call that is not listed is trapped, so that the process can say which it was; the handler ends
// in a call that kills without asking.
[[maybe_unused]] base::Outcome load_filter(const Policy& policy) {
  const Filter filter(seccomp_init(SCMP_ACT_TRAP));
  if (!filter)
    return base::fail(base::Code::internal,
                      fmt::format("{}: no memory for its sandbox", policy.process));
  int result = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  if (result == 0)
    result = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (result == 0)
    result = seccomp_rule_add(filter.get(), SCMP_ACT_KILL_PROCESS, SCMP_SYS(ptrace), 0);
  for (const auto& table : {policy.calls, policy.more_calls, policy.wished_calls})
    for (const Allowed& allowed : table)
      if (result == 0) result = add(filter.get(), allowed);
  if (result == 0) result = seccomp_load(filter.get());
  if (result != 0)
    return base::system_failure(
        -result, fmt::format("{}: cannot close its sandbox (seccomp)", policy.process));
  return base::Ok{};
}

}  // namespace

const Policy& policy_of(Role role) {
  switch (role) {
    case Role::broker:
      return broker_policy();
    case Role::broker_with_keys:
      return broker_with_keys_policy();
    case Role::vault:
      return vault_policy();
    case Role::frontend:
      return frontend_policy();
    case Role::identifier:
      return identifier_policy();
    case Role::formats:
      return formats_policy();
  }
  return vault_policy();
}

// Whoever makes a user namespace has the capability in it, and the limit binds there all the same.
// So more than the limit is locked, for a moment.
bool may_lock_memory() {
  if (!is_permitted(Capabilities(cap_get_proc()), CAP_IPC_LOCK)) return false;
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY) return true;
  const std::size_t size = limit.rlim_cur + static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* more = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (more == MAP_FAILED) return false;
  const bool locked = ::mlock2(more, size, MLOCK_ONFAULT) == 0;
  ::munmap(more, size);
  return locked;
}

base::Outcome drop_capabilities(Role role) {
  return reduce_capabilities(policy_of(role).process, {});
}

base::Result<Confinement> confine(Role role, [[maybe_unused]] std::span<const Path> paths,
                                  bool in_namespaces) {
  const Policy& policy = policy_of(role);
  Confinement confinement;
  if (auto done = set_limits(policy); !done) return base::fail(done.error());
  confinement.alone = in_namespaces && enter_empty_root();
  // A new user namespace came with all capabilities, which count for nothing outside of it.
  const auto keep = in_namespaces ? std::span<const Kept>() : policy.keep;
  if (auto done = reduce_capabilities(policy.process, keep); !done) return base::fail(done.error());
  if (auto done = refuse_tracing(policy); !done) return base::fail(done.error());
#ifndef COFFER_SANITIZED  // sanitizers open files of their own; such builds are never installed
  confinement.landlock = policy.any_path ? 0 : landlock_version();
  if (confinement.landlock != 0)
    if (auto done =
            restrict_paths(confinement.landlock, policy.reach, paths, policy.foreign_sockets);
        !done)
      return base::fail(done.error());
#endif
  return confinement;
}

base::Outcome enter([[maybe_unused]] Role role, [[maybe_unused]] bool alone) {
#ifndef COFFER_SANITIZED  // sanitizers make calls of their own, likewise
  prepare_last_words(alone);
  if (auto done = load_filter(policy_of(role)); !done) return done;
#endif
  return base::Ok{};
}

base::Result<Confinement> close(Role role, std::span<const Path> paths, bool alone) {
  auto confinement = confine(role, paths);
  if (!confinement) return confinement;
  if (auto entered = enter(role, alone); !entered) return base::fail(entered.error());
  return confinement;
}

}  // namespace sandbox
