#include "cli/commands.h"

#include <algorithm>

namespace cli {
namespace {

// In front of a word that CLI11 would take for a list; no such character starts a real word's list.
constexpr char kGuard = '\x1f';

std::string guarded(const std::string& word) {
  return word.starts_with('[') && word.ends_with(']') ? kGuard + word : word;
}

std::string unguarded(const std::string& word) {
  return word.starts_with(std::string{kGuard, '['}) ? word.substr(1) : word;
}

// CLI11 would say that a command is missing, and not which word is none.
void check_command(const CLI::App& app, const std::string& word) {
  if (word.empty() || word.starts_with('-')) return;
  for (const CLI::App* command : app.get_subcommands({}))
    if (command->check_name(word)) return;
  throw CLI::ParseError("there is no command \"" + word + "\"", CLI::ExitCodes::ExtrasError);
}

}  // namespace

CLI::App* add_command(CLI::App& app, Invocation& invocation, const std::string& name,
                      const std::string& description, std::initializer_list<const char*> examples) {
  CLI::App* command = app.add_subcommand(name, description);
  command->add_flag("--json", invocation.json, "Print JSON");
  std::string footer = examples.size() == 1 ? "Example:" : "Examples:";
  for (const char* example : examples) footer += std::string("\n  ") + example;
  command->footer(footer);
  return command;
}

void parse(CLI::App& app, int argc, char** argv) {
  check_command(app, argc > 1 ? argv[1] : "");
  for (CLI::App* command : app.get_subcommands({}))
    for (CLI::Option* option : command->get_options())
      if (option->get_items_expected_max() > 0) option->transform(unguarded);
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) words.push_back(guarded(argv[i]));
  std::reverse(words.begin(), words.end());  // the order that CLI11 takes a vector in
  app.parse(std::move(words));
}

}  // namespace cli
