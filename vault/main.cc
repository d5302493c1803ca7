// coffer-vault: holds every key. Born with one socket, to the broker, as descriptor 3.
#include <malloc.h>
#include <sodium.h>

#include "base/log.h"
#include "seccomp/sandbox.h"
#include "vault/service.h"

namespace {

constexpr int kBroker = 3;
constexpr std::size_t kMainStack = 256 * 1024;

int refuse(const base::Error& error) {
  base::log::error("cannot start: {}", error.what);
  return 1;
}

}  // namespace

int main() {
  base::log::start("coffer-vault");
  if (sodium_init() < 0) return refuse({base::Code::internal, "libsodium does not work here"});
  ::mallopt(M_ARENA_MAX, 1);  // the second thread needs no heap of its own

  // Locked memory first, while we may still ask for it.
  auto arena = vault::Arena::create();
  if (!arena) return refuse(arena.error());
  vault::lock_stack(kMainStack);

  // Then give up everything, for both threads.
  if (auto dropped = sandbox::drop_capabilities(sandbox::Role::vault); !dropped)
    return refuse(dropped.error());
  base::EventLoop loop;
  auto worker = vault::Worker::start(loop);
  if (!worker) return refuse(worker.error());
  if (auto closed = sandbox::enter(sandbox::Role::vault); !closed) return refuse(closed.error());

  // And only then listen.
  vault::Service service(loop, **arena, **worker, base::UniqueFd(kBroker));
  return service.run();
}
