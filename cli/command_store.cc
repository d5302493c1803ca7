// coffer store
#include "cli/commands.h"
#include "cli/item_arguments.h"
#include "cli/json.h"
#include "cli/terminal.h"

namespace cli {
namespace {

struct Options {
  ItemArguments item;
  bool strip_newline = false;
};

base::Outcome store(const Options& options, bool json) {
  auto item = new_item(options.item);
  if (!item) return base::fail(item.error());
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  // Before the secret is asked for: nobody likes to type one for nothing.
  auto collection = open_collection(*service, options.item.collection);
  if (!collection) return base::fail(collection.error());
  auto secret = read_secret("Secret");
  if (!secret) return base::fail(secret.error());
  if (options.strip_newline && secret->text().ends_with('\n')) secret->shrink(secret->size() - 1);
  item->secret.bytes = *std::move(secret);
  auto path = service->create_item(*collection, *item);
  if (!path) return base::fail(path.error());
  if (json) print_json({{"path", *path}});
  return base::Ok{};
}

}  // namespace

void add_store(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(app, invocation, "store", "Store a secret, read from standard input",
                  {R"(coffer store "Mail of jo" user=jo server=mail.example)",
                   R"(coffer store "Key" service=backup < key-file)"});
  add_options(command, options->item);
  command->add_flag("--strip-newline", options->strip_newline,
                    "Drop one line break at the end of the input");
  runs(command, invocation, options, store);
}

}  // namespace cli
