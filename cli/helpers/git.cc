// git-credential-coffer: "git config --global credential.helper coffer" has git call this.
#include <cstdio>

#include "cli/exit_code.h"
#include "cli/git_credential.h"
#include "cli/hardening.h"

int main(int argc, char** argv) {
  cli::harden_process();
  if (argc != 2) {
    std::fputs("usage: git-credential-coffer get|store|erase\n", stderr);
    return static_cast<int>(cli::Exit::usage);
  }
  const base::Outcome outcome = cli::run_git_credential(argv[1]);
  return outcome ? 0 : cli::report("git-credential-coffer", outcome.error());
}
