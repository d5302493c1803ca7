// coffer export
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/find.h"
#include "cli/item_arguments.h"
#include "cli/json.h"
#include "cli/moving/helper.h"
#include "cli/moving/whole_file.h"
#include "cli/terminal.h"

namespace cli {
namespace {

using transfer::Operation;

constexpr std::size_t kAtOnce = 64;  // calls on their way to the provider

struct Options {
  std::string format;
  std::string file;
  std::string collection = kDefaultCollection;
  bool force = false;
  bool yes = false;
  int password_fd = STDIN_FILENO;
};

Operation operation_for(const std::string& format) {
  if (format == "v1") return Operation::write_v1;
  if (format == "v0") return Operation::write_v0;
  return Operation::write_json;
}

// What is written without a password is never written because a script had no terminal to ask on.
base::Outcome check_sure(const Options& options, Operation operation) {
  if (operation != Operation::write_json || options.yes) return base::Ok{};
  if (!is_terminal(STDIN_FILENO))
    return base::fail(base::Code::invalid,
                      "the file will hold every secret unencrypted: say --yes if you mean it");
  if (!confirm(fmt::format("{} will hold every secret unencrypted. Write it?", options.file)))
    return base::fail(base::Code::locked, "nothing was written");
  return base::Ok{};
}

base::Result<Secret> file_password(const Options& options, Operation operation) {
  if (operation == Operation::write_json) return Secret();
  auto password = read_new_password("Password of the file", options.password_fd);
  if (password && password->empty())
    return base::fail(base::Code::invalid, "the file needs a password");
  return password;
}

base::Result<transfer::Record> record_of(base::Result<Item> item,
                                         base::Result<SecretValue> secret) {
  if (!item) return base::fail(item.error());
  if (!secret) return base::fail(secret.error());
  transfer::Record record;
  record.label.value = std::move(item->label);
  for (const auto& [name, value] : item->attributes)
    record.attributes.items.push_back({{name}, {value}});
  record.created = item->created;
  record.modified = item->modified;
  record.content_type.value = std::move(secret->content_type);
  record.secret.value = base::copy_of(secret->bytes.view());
  return record;
}

base::Outcome add_records(SecretService& service, const std::vector<std::string>& paths,
                          transfer::Document& document) {
  for (std::size_t at = 0; at < paths.size(); at += kAtOnce) {
    const auto first = paths.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<std::string> some(
        first, first + static_cast<std::ptrdiff_t>(std::min(kAtOnce, paths.size() - at)));
    auto items = service.items(some);
    auto secrets = service.secrets(some);
    if (!secrets) return base::fail(secrets.error());
    for (std::size_t i = 0; i < some.size(); ++i) {
      auto record = record_of(std::move(items[i]), std::move((*secrets)[i]));
      if (!record)
        return base::fail(record.error().code, fmt::format("{}: {}", some[i], record.error().what));
      document.records.push_back(*std::move(record));
    }
  }
  return base::Ok{};
}

base::Result<transfer::Document> document_of(SecretService& service, const std::string& path) {
  auto collection = service.collection(path);
  if (!collection) return base::fail(collection.error());
  transfer::Document document;
  document.start.label.value = std::move(collection->label);
  document.start.created = collection->created;
  document.start.modified = collection->modified;
  if (auto added = add_records(service, collection->items, document); !added)
    return base::fail(added.error());
  return document;
}

base::Outcome export_collection(const Options& options, bool json) {
  keep_to_ourselves(options.password_fd);
  const Operation operation = operation_for(options.format);
  if (auto checked = check_text(options.file, "file's name"); !checked) return checked;
  if (!options.force)
    if (auto absent = check_absent(options.file); !absent) return absent;
  if (auto sure = check_sure(options, operation); !sure) return sure;
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  auto collection = open_collection(*service, options.collection);
  if (!collection) return base::fail(collection.error());
  auto password = file_password(options, operation);
  if (!password) return base::fail(password.error());
  auto document = document_of(*service, *collection);
  if (!document) return base::fail(document.error());
  auto content = write_foreign_file(operation, *password, *document);
  if (!content) return base::fail(content.error());
  if (auto written = write_whole_file(options.file, *content, options.force); !written)
    return written;
  if (json)
    print_json({{"file", options.file},
                {"format", options.format},
                {"collection", *collection},
                {"items", document->records.size()}});
  return base::Ok{};
}

}  // namespace

void add_export(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, invocation, "export", "Export a collection into a file",
      {"coffer export --format v1 backup.keyring",
       R"(coffer export --format v0 ~/.local/share/keyrings/work.keyring "Work things")",
       "coffer export --format json --yes secrets.json"});
  command
      ->add_option("-f,--format", options->format,
                   "v1 (libsecret, oo7), v0 (gnome-keyring), or json (unencrypted)")
      ->required()
      ->check(CLI::IsMember({"v1", "v0", "json"}));
  command->add_option("file", options->file, "The file to write")->required();
  command->add_option("collection,-c,--collection", options->collection,
                      "Path, alias, name or label; the default collection without it");
  command
      ->add_option("--password-fd", options->password_fd,
                   "Read the file's password there: one line")
      ->check(CLI::Range(0, 1 << 20));
  command->add_flag("--force", options->force, "Replace the file if it is there already");
  command->add_flag("-y,--yes", options->yes, "Do not ask before secrets are written unencrypted");
  runs(command, invocation, options, export_collection);
}

}  // namespace cli
