// The commands of coffer(1): each adds itself, its options and its help to the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

#include "base/result.h"

namespace cli {

// What the command line asks for.
struct Invocation {
  bool json = false;
  std::function<base::Outcome()> run;  // the chosen command
};

void add_store(CLI::App& app, Invocation& invocation);
void add_lookup(CLI::App& app, Invocation& invocation);
void add_search(CLI::App& app, Invocation& invocation);
void add_list(CLI::App& app, Invocation& invocation);
void add_show(CLI::App& app, Invocation& invocation);
void add_edit(CLI::App& app, Invocation& invocation);
void add_delete(CLI::App& app, Invocation& invocation);
void add_generate(CLI::App& app, Invocation& invocation);
void add_copy(CLI::App& app, Invocation& invocation);
void add_collection_commands(CLI::App& app, Invocation& invocation);
void add_create(CLI::App& app, Invocation& invocation);
void add_remove(CLI::App& app, Invocation& invocation);
void add_password_commands(CLI::App& app, Invocation& invocation);
// In moving/.
void add_import(CLI::App& app, Invocation& invocation);
void add_export(CLI::App& app, Invocation& invocation);
void add_backup(CLI::App& app, Invocation& invocation);
void add_restore(CLI::App& app, Invocation& invocation);
void add_applications(CLI::App& app, Invocation& invocation);
// In doctor/.
void add_doctor(CLI::App& app, Invocation& invocation);
void add_check(CLI::App& app, Invocation& invocation);
void add_service_commands(CLI::App& app, Invocation& invocation);

// A command, and its --json. `examples` are the lines that its --help ends in.
CLI::App* add_command(CLI::App& app, Invocation& invocation, const std::string& name,
                      const std::string& description, std::initializer_list<const char*> examples);

// Parses the command line; throws CLI::ParseError. Words reach the commands as they are: CLI11
// alone would take "[a,b]" apart.
void parse(CLI::App& app, int argc, char** argv);

// Has `command`, once chosen, call `function` with the options and whether to print JSON.
template <class Options, class Function>
void runs(CLI::App* command, Invocation& invocation, std::shared_ptr<Options> options,
          Function function) {
  command->callback([&invocation, options, function] {
    invocation.run = [&invocation, options, function] {
      return function(*options, invocation.json);
    };
  });
}

}  // namespace cli
