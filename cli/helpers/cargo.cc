// cargo-credential-coffer: named under global-credential-providers in Cargo's configuration.
#include <cstdio>
#include <string_view>

#include "cli/cargo_credential.h"
#include "cli/exit_code.h"
#include "cli/hardening.h"

int main(int argc, char** argv) {
  cli::harden_process();
  if (argc < 2 || argv[1] != std::string_view("--cargo-plugin")) {
    std::fputs("usage: cargo-credential-coffer --cargo-plugin (Cargo runs it)\n", stderr);
    return static_cast<int>(cli::Exit::usage);
  }
  const base::Outcome outcome = cli::run_cargo_credential();
  return outcome ? 0 : cli::report("cargo-credential-coffer", outcome.error());
}
