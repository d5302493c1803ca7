// coffer copy
#include <fmt/format.h>
#include <unistd.h>

#include "cli/clipboard.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/json.h"
#include "cli/terminal.h"

namespace cli {
namespace {

struct Options {
  int clear_after = 45;  // seconds
  std::vector<std::string> words;
};

struct Copied {
  std::string path;
  Secret secret;
};

base::Result<Copied> read_item(const Options& options) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto item = find_readable_item(*service, options.words);
  if (!item) return base::fail(item.error());
  auto secret = service->secret(item->path);
  if (!secret) return base::fail(secret.error());
  return Copied{item->path, std::move(secret->bytes)};
}

base::Outcome copy(const Options& options, bool json) {
  auto tool = clipboard_tool();
  if (!tool) return base::fail(tool.error());
  auto copied = read_item(options);
  if (!copied) return base::fail(copied.error());
  if (auto done = copy_to_clipboard(*tool, copied->secret); !done) return done;
  if (options.clear_after > 0) {
    auto later =
        clear_later(*tool, std::move(copied->secret), std::chrono::seconds(options.clear_after));
    if (!later) return later;
  }
  if (json)
    print_json({{"path", copied->path}, {"clear_after", options.clear_after}});
  else if (is_terminal(STDERR_FILENO) && options.clear_after > 0)
    fmt::print(stderr, "Copied; cleared in {} seconds\n", options.clear_after);
  return base::Ok{};
}

}  // namespace

void add_copy(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, invocation, "copy", "Copy a secret to the clipboard, and clear it later",
      {"coffer copy site=forum.example", "coffer copy site=forum.example --clear-after 10"});
  command
      ->add_option("--clear-after", options->clear_after,
                   "Seconds (45) until it is cleared; 0: never")
      ->check(CLI::Range(0, 86'400));
  command->add_option("item", options->words, "key=value..., or a path");
  runs(command, invocation, options, copy);
}

}  // namespace cli
