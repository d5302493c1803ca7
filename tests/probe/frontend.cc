// A coffer-frontend that closes its sandbox as the real one does, and then tries things.
#include "tests/probe/probe.h"

int main() { return sandbox::close(sandbox::Role::frontend) ? probe::serve() : 1; }
