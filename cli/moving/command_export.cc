// coffer export
#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/find.h"
#include "cli/item_arguments.h"
#include "cli/json.h"
#include "cli/moving/applications.h"
#include "cli/moving/document.h"
#include "cli/moving/helper.h"
#include "cli/moving/whole_file.h"
#include "cli/terminal.h"

namespace cli {
namespace {

using transfer::Operation;

struct Options {
  std::string format;
  std::string file;
  std::string collection = kDefaultCollection;
  std::string application;  // empty: a collection
  bool force = false;
  bool yes = false;
  int password_fd = STDIN_FILENO;
};

Operation operation_for(const std::string& format) {
  if (format == "v1") return Operation::write_v1;
  if (format == "oo7") return Operation::write_oo7;
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

// What to write, and what it is called in the JSON.
base::Result<transfer::Document> chosen_document(const Options& options, SecretService& service,
                                                 std::string& collection) {
  if (!options.application.empty()) {
    Passwords none(-1);
    return read_keyring_of(options.application, none, service, true);
  }
  auto path = open_collection(service, options.collection);
  if (!path) return base::fail(path.error());
  collection = *path;
  return document_of(service, *path);
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
  std::string collection;
  auto document = chosen_document(options, *service, collection);
  if (!document) return base::fail(document.error());
  if (!document->damages.empty())
    return base::fail(base::Code::damaged,
                      "a part of it cannot be read: \"coffer import\" says which");
  auto password = file_password(options, operation);
  if (!password) return base::fail(password.error());
  auto content = write_foreign_file(operation, *password, *document);
  if (!content) return base::fail(content.error());
  if (auto written = write_whole_file(options.file, *content, options.force); !written)
    return written;
  if (json)
    print_json({{"file", options.file},
                {"format", options.format},
                {"collection", collection.empty() ? Json(nullptr) : Json(collection)},
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
       "coffer export --format v0 mail.keyring --application org.example.Mail",
       "coffer export --format json --yes secrets.json"});
  command
      ->add_option("-f,--format", options->format,
                   "v1 (libsecret), oo7, v0 (gnome-keyring), or json (unencrypted)")
      ->required()
      ->check(CLI::IsMember({"v1", "oo7", "v0", "json"}));
  command->add_option("file", options->file, "The file to write")->required();
  command->add_option("collection,-c,--collection", options->collection,
                      "Path, alias, name or label; the default collection without it");
  command
      ->add_option("--application", options->application,
                   "The keyring of this sandboxed application, instead of a collection")
      ->excludes("-c");
  command
      ->add_option("--password-fd", options->password_fd,
                   "Read the file's password there: one line")
      ->check(CLI::Range(0, 1 << 20));
  command->add_flag("--force", options->force, "Replace the file if it is there already");
  command->add_flag("-y,--yes", options->yes, "Do not ask before secrets are written unencrypted");
  runs(command, invocation, options, export_collection);
}

}  // namespace cli
