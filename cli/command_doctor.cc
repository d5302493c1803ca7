// coffer doctor
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "cli/clipboard.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/provider_details.h"
#include "cli/visible.h"

namespace cli {
namespace {

struct Nothing {};

enum class State { good, warning, failed };

struct Check {
  const char* name;
  State state;
  std::string found;
  std::string advice = {};  // what to do next; empty when all is well
};

using Checks = std::vector<Check>;

const char* word_for(State state) {
  switch (state) {
    case State::good:
      return "ok";
    case State::warning:
      return "warning";
    case State::failed:
      break;
  }
  return "failed";
}

Style style_for(State state) { return state == State::good ? Style::good : Style::warning; }

bool is_installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  return false;
}

Check check_provider(SecretService& service) {
  auto provider = service.provider();
  if (!provider) return {"provider", State::failed, provider.error().what};
  const Program program = program_of(provider->pid);
  return {"provider", State::good,
          fmt::format("{} (pid {})", program.name.empty() ? "unknown" : program.name, program.pid)};
}

Check check_transfer(SecretService& service) {
  auto encrypted = service.is_encrypted();
  if (!encrypted)
    return {"transfer", State::failed, encrypted.error().what, "restart the provider"};
  if (*encrypted) return {"transfer", State::good, "secrets cross the bus encrypted"};
  return {"transfer", State::warning, "the provider knows no encryption",
          "whoever may watch this bus can read secrets: use another provider"};
}

Check check_default(SecretService& service) {
  auto path = service.read_alias("default");
  if (!path) return {"default", State::failed, path.error().what, "restart the provider"};
  if (*path == names::kNoObject)
    return {"default", State::warning, "there is no default collection",
            "\"coffer create --default LABEL\" makes one"};
  auto collection = service.collection(*path);
  if (!collection) return {"default", State::failed, collection.error().what};
  if (collection->locked)
    return {"default", State::good, fmt::format("\"{}\", locked", collection->label)};
  return {"default", State::good, fmt::format("\"{}\", unlocked", collection->label)};
}

// Who can ask for a password when a collection is locked.
Check check_prompter(Bus& bus) {
  for (const char* name : {"org.gnome.keyring.SystemPrompter", "org.kde.secretprompter"})
    if (auto there = bus.can_reach(name); there && *there) return {"prompter", State::good, name};
  if (is_installed("pinentry"))
    return {"prompter", State::good, "pinentry, where the provider uses it"};
  return {"prompter", State::warning, "nothing here can ask for a password",
          "install gcr or pinentry, or unlock with \"coffer unlock --stdin\""};
}

Check check_clipboard() {
  auto tool = clipboard_tool();
  if (!tool) return {"clipboard", State::good, "none: there is no desktop here"};
  const std::string& program = tool->copy.front();
  if (is_installed(program)) return {"clipboard", State::good, program};
  return {"clipboard", State::warning, fmt::format("{} is not installed", program),
          fmt::format("\"coffer copy\" needs it: install {}",
                      program == "xclip" ? "xclip" : "wl-clipboard")};
}

void check_service(Bus& bus, Checks& checks) {
  auto service = SecretService::connect(false);  // who asks what is wrong wants nothing started
  if (service) {
    checks.push_back(check_provider(*service));
    checks.push_back(check_transfer(*service));
    checks.push_back(check_default(*service));
    return;
  }
  const auto starts = bus.can_reach(names::kBusName);
  if (starts && *starts)
    checks.push_back({"provider", State::warning, "none runs, but the bus can start one",
                      "\"coffer collections\" starts it"});
  else
    checks.push_back({"provider", State::failed, "nobody serves secrets on this session bus",
                      "start cofferd, or another provider"});
}

Checks all_checks() {
  auto bus = Bus::connect();
  if (!bus)
    return {{"bus", State::failed, "there is no session bus to reach",
             "set DBUS_SESSION_BUS_ADDRESS, or run this inside a session"}};
  Checks checks = {{"bus", State::good, "the session bus answers"}};
  check_service(*bus, checks);
  checks.push_back(check_prompter(*bus));
  checks.push_back(check_clipboard());
  return checks;
}

void print(const Checks& checks) {
  for (const Check& check : checks) {
    fmt::print("{} {:<10} {}\n",
               styled(style_for(check.state), fmt::format("{:<8}", word_for(check.state))),
               check.name, visible(check.found));
    if (!check.advice.empty()) fmt::print("{:<19} -> {}\n", "", check.advice);
  }
}

void print_as_json(const Checks& checks) {
  Json array = Json::array();
  for (const Check& check : checks)
    array.push_back({{"check", check.name},
                     {"state", word_for(check.state)},
                     {"found", check.found},
                     {"advice", check.advice.empty() ? Json(nullptr) : Json(check.advice)}});
  print_json(array);
}

base::Outcome doctor(const Nothing&, bool json) {
  const Checks checks = all_checks();
  if (json)
    print_as_json(checks);
  else
    print(checks);
  for (const Check& check : checks)
    if (check.state == State::failed)
      return base::fail(base::Code::unavailable, fmt::format("{}: {}", check.name, check.found));
  return base::Ok{};
}

}  // namespace

void add_doctor(CLI::App& app, Invocation& invocation) {
  runs(add_command(app, invocation, "doctor", "Look for what keeps secrets from being served",
                   {"coffer doctor", "coffer doctor --json"}),
       invocation, std::make_shared<Nothing>(), doctor);
}

}  // namespace cli
