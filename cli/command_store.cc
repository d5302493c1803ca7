// coffer store
#include <fmt/format.h>

#include "cli/attributes.h"
#include "cli/commands.h"
#include "cli/find.h"
#include "cli/json.h"
#include "cli/terminal.h"

namespace cli {
namespace {

struct Options {
  std::string label;
  std::string collection = kDefaultCollection;
  std::string content_type = "text/plain";
  bool strip_newline = false;
  bool keep = false;
  std::vector<std::string> words;
};

base::Result<NewItem> new_item(const Options& options) {
  std::span<const std::string> words = options.words;
  NewItem item;
  item.label = options.label;
  if (item.label.empty() && !words.empty()) {
    item.label = words.front();
    words = words.subspan(1);
  }
  if (item.label.empty())
    return base::fail(base::Code::invalid, "the item needs a label: store LABEL key=value");
  if (auto checked = check_text(item.label, "label"); !checked) return base::fail(checked.error());
  if (auto checked = check_text(options.content_type, "content type"); !checked)
    return base::fail(checked.error());
  auto attributes = parse_some_attributes(words);
  if (!attributes) return base::fail(attributes.error());
  item.attributes = *std::move(attributes);
  item.secret.content_type = options.content_type;
  item.replace = !options.keep;
  return item;
}

base::Outcome store(const Options& options, bool json) {
  auto item = new_item(options);
  if (!item) return base::fail(item.error());
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  // Before the secret is asked for: nobody likes to type one for nothing.
  auto collection = find_collection(*service, options.collection);
  if (!collection) return base::fail(collection.error());
  if (auto unlocked = service->unlock({*collection}); !unlocked)
    return base::fail(unlocked.error());

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
      add_command(app, invocation, "store", "Store a secret, read from standard input");
  command->add_option("-l,--label", options->label, "The label, unless it is the first word");
  command->add_option("-c,--collection", options->collection, "Where to store it");
  command->add_option("--content-type", options->content_type, "The secret's MIME type");
  command->add_flag("--strip-newline", options->strip_newline,
                    "Drop one line break at the end of the input");
  command->add_flag("--keep", options->keep,
                    "Keep an item that has the same attributes: add another");
  command->add_option("words", options->words, "LABEL key=value... (or: key value...)");
  runs(command, invocation, options, store);
}

}  // namespace cli
