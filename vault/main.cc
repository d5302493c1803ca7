// coffer-vault: holds every key. Born with one socket, to the broker, as descriptor 3, and a pipe
// for its last words as descriptor 4.
#include "base/log.h"
#include "vault/service.h"
#include "vault/startup.h"

int main(int argc, char** argv) {
  base::log::start("coffer-vault");
  const bool secret_memory = argc > 1 && std::string_view(argv[1]) == "--secret-memory";
  base::EventLoop loop;
  const auto started = vault::start(loop, secret_memory);
  if (!started) {
    base::log::error("cannot start: {}", started.error().what);
    return 1;
  }
  // Nothing was read from anyone before this.
  constexpr int kBroker = 3;
  vault::Service service(loop, *started, base::UniqueFd(kBroker));
  return service.run();
}
