// coffer applications
#include <fmt/format.h>

#include "cli/attributes.h"
#include "cli/commands.h"
#include "cli/moving/applications.h"
#include "cli/moving/document.h"
#include "cli/output.h"
#include "cli/show_item.h"

namespace cli {
namespace {

struct Options {
  std::string application;  // empty: all
  bool secrets = false;
};

// What can be said of a keyring without asking anybody.
struct Found {
  std::string application;
  base::Result<transfer::Document> document;
};

const char* state_of(const Found& found) {
  if (found.document) return found.document->damages.empty() ? "readable" : "damaged";
  switch (found.document.error().code) {
    case base::Code::locked:
      return "locked";
    case base::Code::wrong_password:
      return "no-key";
    case base::Code::damaged:
      return "damaged";
    default:
      return "unreadable";
  }
}

Json json_of(const Found& found) {
  const bool is_open = static_cast<bool>(found.document);
  return {{"application", found.application},
          {"path", keyring_path_of(found.application)},
          {"state", state_of(found)},
          {"items", is_open ? Json(found.document->records.size()) : Json(nullptr)},
          {"modified", json_time(is_open ? found.document->start.modified : kUnknownTime)},
          {"error", is_open ? Json(nullptr) : Json(found.document.error().what)}};
}

base::Outcome list(SecretService& service, bool json) {
  Json array = Json::array();
  Table table({"APPLICATION", "STATE", "ITEMS", "MODIFIED"});
  for (const std::string& application : applications_with_keyrings()) {
    Passwords none(-1);
    const Found found{application, read_keyring_of(application, none, service, false)};
    const bool is_open = static_cast<bool>(found.document);
    const std::string_view state = state_of(found);
    array.push_back(json_of(found));
    table.add({{application, Style::strong},
               {std::string(state), state == "readable" ? Style::good : Style::warning},
               is_open ? std::to_string(found.document->records.size()) : "",
               is_open ? relative_time(found.document->start.modified) : ""});
  }
  if (json)
    print_json(array);
  else
    table.print();
  return base::Ok{};
}

ShownItem shown(transfer::Record record, bool secrets) {
  ShownItem shown;
  shown.item.label = record.label.value;
  shown.item.created = record.created;
  shown.item.modified = record.modified;
  MovedItem item = moved(std::move(record));
  shown.item.attributes = std::move(item.attributes);
  if (secrets) shown.secret = std::move(item.secret);
  return shown;
}

base::Outcome show(SecretService& service, const Options& options, bool json) {
  Passwords none(-1);
  auto document = read_keyring_of(options.application, none, service, true);
  if (!document) return base::fail(document.error());
  Json array = Json::array();
  for (transfer::Record& record : document->records) {
    const ShownItem item = shown(std::move(record), options.secrets);
    if (!json) print_item(item);
    array.push_back(json_of(item));
    for (const char* none_here : {"path", "collection", "locked"}) array.back().erase(none_here);
  }
  if (json) print_json(array);
  if (document->damages.empty()) return base::Ok{};
  return base::fail(base::Code::damaged,
                    fmt::format("{} items of it are damaged", document->damages.size()));
}

base::Outcome applications(const Options& options, bool json) {
  if (auto checked = check_text(options.application, "application's id"); !checked) return checked;
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  return options.application.empty() ? list(*service, json) : show(*service, options, json);
}

}  // namespace

void add_applications(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(app, invocation, "applications", "Show the keyrings of sandboxed applications",
                  {"coffer applications", "coffer applications org.example.Mail --secrets"});
  command->add_option("application", options->application, "The items of this one; all without it");
  command->add_flag("--secrets", options->secrets, "Show its items' secrets too");
  runs(command, invocation, options, applications);
}

}  // namespace cli
