// coffer generate
#include <fmt/format.h>
#include <unistd.h>

#include "cli/attributes.h"
#include "cli/commands.h"
#include "cli/generator.h"
#include "cli/item_arguments.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/terminal.h"

namespace cli {
namespace {

constexpr const char* kWordList = "/usr/share/dict/words";

struct Options {
  ItemArguments item;
  std::size_t length = 20;
  std::size_t words = 0;
  std::string alphabet = "lower,upper,digits,symbols";
  std::string characters;
  std::string separator = "-";
  bool print = false;
};

base::Result<Generated> generate_secret(const Options& options) {
  if (auto checked = check_text(options.separator, "separator"); !checked)
    return base::fail(checked.error());
  if (options.words > 0)
    return generate_words(options.words, options.separator, read_words(kWordList));
  if (!options.characters.empty()) {
    if (auto checked = check_characters(options.characters); !checked)
      return base::fail(checked.error());
    return generate_characters(options.length, options.characters);
  }
  auto characters = alphabet(options.alphabet);
  if (!characters) return base::fail(characters.error());
  return generate_characters(options.length, *characters);
}

base::Outcome print(const Generated& generated, const std::string& path, bool with_secret,
                    bool json) {
  if (json) {
    Json object = path.empty() ? Json::object() : Json{{"path", path}};
    if (with_secret) add_secret(object, generated.secret.view(), "text/plain");
    object["bits"] = static_cast<int>(generated.bits);
    print_json(object);
    return base::Ok{};
  }
  if (is_terminal(STDERR_FILENO))
    fmt::print(stderr, "{} bits of entropy\n", static_cast<int>(generated.bits));
  return with_secret ? write_secret(generated.secret, false) : base::Outcome(base::Ok{});
}

base::Outcome generate(const Options& options, bool json) {
  auto generated = generate_secret(options);
  if (!generated) return base::fail(generated.error());
  const bool stores = !options.item.words.empty() || !options.item.label.empty();
  if (!stores) return print(*generated, "", true, json);

  auto item = new_item(options.item);
  if (!item) return base::fail(item.error());
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto collection = open_collection(*service, options.item.collection);
  if (!collection) return base::fail(collection.error());
  item->secret.bytes = Secret(generated->secret.view());
  auto path = service->create_item(*collection, *item);
  if (!path) return base::fail(path.error());
  return print(*generated, *path, options.print, json);
}

}  // namespace

void add_generate(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(app, invocation, "generate",
                                  "Make a new secret: print it or, with a label, store it",
                                  {"coffer generate", "coffer generate --words 6",
                                   R"(coffer generate "Forum" site=forum.example --length 32)"});
  add_options(command, options->item);
  command->add_option("-n,--length", options->length, "Characters (20)")
      ->check(CLI::Range(1, 4096));
  command->add_option("-a,--alphabet", options->alphabet,
                      "Of lower, upper, digits, symbols, hex: several with commas");
  command->add_option("--characters", options->characters, "These characters, and no others");
  command->add_option("-w,--words", options->words, "That many words instead of characters")
      ->check(CLI::Range(1, 256));
  command->add_option("--separator", options->separator, "Between words (-)");
  command->add_flag("-p,--print", options->print, "Print it also when it is stored");
  runs(command, invocation, options, generate);
}

}  // namespace cli
