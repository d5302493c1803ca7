#include "vault/startup.h"

#include <malloc.h>
#include <sodium.h>
#include <sys/mman.h>

#include "seccomp/namespaces.h"
#include "seccomp/sandbox.h"

namespace vault {
namespace {

using ipc::store::Start;

constexpr std::size_t kMainStack = 256 * 1024;

Start::Memory memory_of(const Arena& arena, bool all_locked) {
  if (all_locked) return Start::Memory::all;
  switch (arena.kind()) {
    case Arena::Kind::unlocked:
      return Start::Memory::unlocked;
    case Arena::Kind::locked:
      return Start::Memory::locked;
    case Arena::Kind::secret:
      return Start::Memory::secret;
  }
  return Start::Memory::unlocked;
}

}  // namespace

base::Result<Started> start(base::EventLoop& loop, bool secret_memory) {
  const base::Processors processors;
  // In a user namespace CAP_IPC_LOCK would count for nothing, so the one or the other.
  const bool may_lock = sandbox::may_lock_memory();
  const bool in_namespaces = !may_lock && sandbox::enter_namespaces();
  if (sodium_init() < 0) return base::fail(base::Code::internal, "libsodium does not work here");
  ::mallopt(M_ARENA_MAX, 1);  // the second thread needs no heap of its own

  // With CAP_IPC_LOCK the limit does not bind: everything is locked, also what is mapped later.
  const bool all_locked = may_lock && ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
  auto arena = Arena::create(Arena::kDefaultSize, secret_memory);
  if (!arena) return base::fail(arena.error());
  lock_stack(kMainStack);
  auto handover = Handover::make();
  if (!handover) return base::fail(handover.error());
  const auto confinement = sandbox::confine(sandbox::Role::vault, {}, in_namespaces);
  if (!confinement) return base::fail(confinement.error());
  auto worker = Worker::start(loop);
  if (!worker) return base::fail(worker.error());
  if (auto entered = sandbox::enter(sandbox::Role::vault); !entered)
    return base::fail(entered.error());
  const Start report{memory_of(**arena, all_locked), (*arena)->size(), confinement->landlock,
                     confinement->alone};
  return Started{*std::move(arena), *std::move(worker),
                 std::make_unique<Handover>(*std::move(handover)), processors, report};
}

}  // namespace vault
