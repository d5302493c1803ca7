// A coffer-vault that does all that the real one does before it listens, and then tries things.
#include "tests/probe/probe.h"
#include "vault/startup.h"

int main() {
  base::EventLoop loop;
  const auto started = vault::start(loop, false);
  return started ? probe::serve() : 1;
}
