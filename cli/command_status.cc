// coffer status, coffer version
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/provider_details.h"
#include "cli/visible.h"

namespace cli {
namespace {

struct Nothing {};

struct Status {
  Provider provider;
  Program program;
  bool encrypted = false;
  std::string default_collection;  // "/" when there is none
  std::vector<Collection> collections;
  std::vector<Detail> details;
};

base::Result<Status> read_status(SecretService& service) {
  Status status;
  auto provider = service.provider();
  if (!provider) return base::fail(provider.error());
  status.provider = *provider;
  status.program = program_of(provider->pid);
  auto encrypted = service.is_encrypted();
  if (!encrypted) return base::fail(encrypted.error());
  status.encrypted = *encrypted;
  auto alias = service.read_alias("default");
  if (!alias) return base::fail(alias.error());
  status.default_collection = *alias;
  auto paths = service.collections();
  if (!paths) return base::fail(paths.error());
  for (const std::string& path : *paths) {
    auto collection = service.collection(path);
    if (!collection) return base::fail(collection.error());
    status.collections.push_back(*std::move(collection));
  }
  status.details = provider_details(service, status.program);
  return status;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json json_of(const Status& status) {
  Json collections = Json::array(), details = Json::object();
  for (const Collection& each : status.collections)
    collections.push_back({{"path", each.path}, {"label", each.label}, {"locked", each.locked}});
  for (const Detail& each : status.details) details[each.name] = each.value;
  const bool has_default = status.default_collection != names::kNoObject;
  return {{"owner", status.provider.unique_name},
          {"pid", status.provider.pid},
          {"program", text_or_null(status.program.name)},
          {"executable", text_or_null(status.program.executable)},
          {"encrypted", status.encrypted},
          {"default", has_default ? Json(status.default_collection) : Json(nullptr)},
          {"collections", std::move(collections)},
          {"details", std::move(details)}};
}

void print_line(const std::string& name, const std::string& value) {
  fmt::print("{} {}\n", styled(Style::faint, fmt::format("{:<10}", name)), visible(value));
}

void print(const Status& status) {
  const Program& program = status.program;
  print_line("provider",
             fmt::format("{} (pid {}, {})", program.name.empty() ? "unknown" : program.name,
                         program.pid, status.provider.unique_name));
  if (!program.executable.empty()) print_line("program", program.executable);
  for (const Detail& detail : status.details) print_line(detail.name, detail.value);
  print_line("transfer",
             status.encrypted ? "encrypted" : "plain: the provider knows no encryption");
  if (status.collections.empty()) print_line("collections", "none");
  Table table({"COLLECTION", "STATE", "ITEMS", ""});
  for (const Collection& each : status.collections)
    table.add(
        {{each.label.empty() ? each.path.substr(each.path.rfind('/') + 1) : each.label,
          Style::strong},
         each.locked ? Table::Cell{"locked", Style::warning} : Table::Cell{"unlocked", Style::good},
         std::to_string(each.items.size()),
         each.path == status.default_collection ? "default" : ""});
  if (!status.collections.empty()) fmt::print("\n");
  table.print();
}

base::Outcome show_status(const Nothing&, bool json) {
  auto service =
      SecretService::connect(false);  // who asks whether it runs does not want it started
  if (!service) return base::fail(service.error());
  auto status = read_status(*service);
  if (!status) return base::fail(status.error());
  if (json)
    print_json(json_of(*status));
  else
    print(*status);
  return base::Ok{};
}

base::Outcome show_version(const Nothing&, bool json) {
  if (json)
    print_json({{"version", COFFER_VERSION}});
  else
    fmt::print("coffer {}\n", COFFER_VERSION);
  return base::Ok{};
}

}  // namespace

void add_service_commands(CLI::App& app, Invocation& invocation) {
  app.set_version_flag("--version", std::string("coffer ") + COFFER_VERSION);
  runs(add_command(app, invocation, "status", "Show who serves secrets, and what is locked",
                   {"coffer status", "coffer status --json"}),
       invocation, std::make_shared<Nothing>(), show_status);
  runs(add_command(app, invocation, "version", "Show the version", {"coffer version"}), invocation,
       std::make_shared<Nothing>(), show_version);
}

}  // namespace cli
