// coffer: the Secret Service from the command line.
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <exception>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/hardening.h"

namespace {

constexpr const char* kFooter =
    R"(Items are named by attributes (key=value...) or by their path; collections by
path, alias, name or label. Secrets come from standard input or a hidden question,
never from the command line.

Exit codes: 0 done, 1 not found, 2 wrong usage, 3 locked or dismissed,
4 no service, 5 other failure.)";

int run(int argc, char** argv) {
  CLI::App app("Keeps passwords and other secrets: a client of org.freedesktop.secrets.", "coffer");
  app.require_subcommand(1);
  app.footer(kFooter);
  cli::Invocation invocation;
  cli::add_store(app, invocation);
  cli::add_lookup(app, invocation);
  cli::add_search(app, invocation);
  cli::add_list(app, invocation);
  cli::add_show(app, invocation);
  cli::add_edit(app, invocation);
  cli::add_delete(app, invocation);
  cli::add_generate(app, invocation);
  cli::add_copy(app, invocation);
  cli::add_collection_commands(app, invocation);
  cli::add_create(app, invocation);
  cli::add_remove(app, invocation);
  cli::add_password_commands(app, invocation);
  cli::add_import(app, invocation);
  cli::add_export(app, invocation);
  cli::add_backup(app, invocation);
  cli::add_restore(app, invocation);
  cli::add_applications(app, invocation);
  cli::add_check(app, invocation);
  cli::add_doctor(app, invocation);
  cli::add_service_commands(app, invocation);
  try {
    cli::parse(app, argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(cli::Exit::usage);
  }
  const base::Outcome outcome = invocation.run();
  if (!outcome) return cli::report("coffer", outcome.error());
  if (std::fflush(stdout) != 0)
    return cli::report("coffer", base::system_error(errno, "standard output"));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  cli::harden_process();
  std::setlocale(LC_CTYPE, "");
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // fmt's, when standard output cannot be written to
    std::fprintf(stderr, "coffer: %s\n", error.what());
    return static_cast<int>(cli::Exit::failed);
  }
}
