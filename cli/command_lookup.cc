// coffer lookup
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/show_item.h"
#include "cli/terminal.h"

namespace cli {
namespace {

struct Options {
  bool secret_only = false;
  std::vector<std::string> words;
};

base::Outcome lookup(const Options& options, bool json) {
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto item = find_readable_item(*service, options.words);
  if (!item) return base::fail(item.error());
  auto secret = service->secret(item->path);
  if (!secret) return base::fail(secret.error());
  if (!json) return write_secret(secret->bytes, options.secret_only);
  Json object = options.secret_only ? Json::object() : json_of(*item);
  add_secret(object, secret->bytes.view(), secret->content_type);
  print_json(object);
  return base::Ok{};
}

}  // namespace

void add_lookup(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, invocation, "lookup", "Write the secret of an item",
                                  {"coffer lookup user=jo server=mail.example",
                                   "coffer lookup user=jo server=mail.example | fetch-mail"});
  command->add_flag("--secret-only", options->secret_only,
                    "Its bytes as they are, on a terminal too; with --json, not the item");
  command->add_option("item", options->words, "key=value... (or: key value...), or a path");
  runs(command, invocation, options, lookup);
}

}  // namespace cli
