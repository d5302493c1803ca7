// docker-credential-coffer: {"credsStore": "coffer"} in Docker's configuration has Docker call
// this.
#include <fmt/format.h>

#include "cli/docker_credential.h"
#include "cli/hardening.h"

int main(int argc, char** argv) {
  cli::harden_process();
  if (argc != 2) {
    fmt::print("usage: docker-credential-coffer store|get|erase|list\n");
    return 1;
  }
  const base::Outcome outcome = cli::run_docker_credential(argv[1]);
  if (outcome) return 0;
  // The protocol wants the words on standard output, and 1 for every failure.
  fmt::print("{}\n", cli::docker_message(outcome.error()));
  return 1;
}
