// coffer check: what is wrong with the files, as the broker's program finds it.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "cli/commands.h"

namespace cli {
namespace {

constexpr const char* kProgram = "cofferd";

struct CheckOptions {
  std::string data_dir;  // empty: the default one
};

// The one beside this program, else the one that the shell would find.
std::string broker_program() {
  std::array<char, PATH_MAX> self{};
  const ssize_t size = ::readlink("/proc/self/exe", self.data(), self.size());
  const std::string path(self.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  std::string beside = path.substr(0, path.rfind('/') + 1) + kProgram;
  return ::access(beside.c_str(), X_OK) == 0 ? beside : kProgram;
}

// Ends as `cofferd --check` does.
base::Outcome check(const CheckOptions& options, bool json) {
  std::string program = broker_program(), directory = options.data_dir;
  std::string name = kProgram, checks = "--check", as_json = "--json", in = "--data-dir";
  std::vector<char*> words = {name.data(), checks.data()};
  if (json) words.push_back(as_json.data());
  if (!directory.empty()) words.insert(words.end(), {in.data(), directory.data()});
  words.push_back(nullptr);
  ::execvp(program.c_str(), words.data());
  return base::system_failure(errno, fmt::format("cannot start {}", program));
}

}  // namespace

void add_check(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      add_command(app, invocation, "check", "Look for damage in Coffer's files",
                  {"coffer check", "coffer check --json", "coffer check --data-dir /mnt/coffer"});
  command->add_option("--data-dir", options->data_dir, "Look here")->type_name("DIR");
  runs(command, invocation, options, check);
}

}  // namespace cli
