// coffer doctor: what keeps secrets from being served, or kept well, and what to do about it.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "cli/clipboard.h"
#include "cli/commands.h"
#include "cli/doctor/checks.h"
#include "cli/json.h"
#include "cli/moving/process.h"
#include "cli/output.h"
#include "cli/provider_details.h"
#include "cli/visible.h"

namespace cli {
namespace {

using dbus::StringMap;

struct Nothing {};

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

// `coffer` works with any provider; whoever installed Coffer wants to know that it is another.
Finding check_provider(SecretService& service, const Machine& machine) {
  auto provider = service.provider();
  if (!provider)
    return {"provider", State::failed, provider.error().what, "\"coffer status\" says who serves"};
  const Program program = program_of(provider->pid);
  const std::string who =
      fmt::format("{} (pid {})", program.name.empty() ? "unknown" : program.name, program.pid);
  const bool other = service.describe().empty();
  if (other && machine.is_program("/usr/bin/cofferd"))
    return {"provider", State::warning, fmt::format("{} has the name, and not Coffer", who),
            fmt::format("end it (kill {}) and keep it from starting: see activation, autostart, "
                        "units and login below",
                        program.pid)};
  return {"provider", State::good, who};
}

Finding check_transfer(SecretService& service) {
  auto encrypted = service.is_encrypted();
  if (!encrypted)
    return {"transfer", State::failed, encrypted.error().what, "restart the provider"};
  if (*encrypted) return {"transfer", State::good, "secrets cross the bus encrypted"};
  return {"transfer", State::warning, "the provider knows no encryption",
          "whoever may watch this bus can read secrets: use another provider"};
}

Finding check_default(SecretService& service) {
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

// Who can ask for a password when a collection is locked. `facts`: what Coffer says of itself.
Finding check_prompter(Bus& bus, const StringMap& facts) {
  const bool has_screen = std::getenv("WAYLAND_DISPLAY") || std::getenv("DISPLAY");
  for (const char* name : {"org.gnome.keyring.SystemPrompter", "org.kde.secretprompter"}) {
    auto owned = bus.owner(name);
    if (owned && *owned) return {"prompter", State::good, name};
    if (auto there = bus.can_reach(name); has_screen && there && *there)
      return {"prompter", State::good, fmt::format("{}, started when it is needed", name)};
  }
  const auto fact = facts.find("pinentry");
  const bool uses_pinentry = fact == facts.end() || fact->second != "none";
  if (uses_pinentry && is_installed("pinentry"))
    return {"prompter", State::good, "pinentry, where the provider uses it"};
  return {"prompter", State::warning,
          has_screen ? "nothing here can ask for a password"
                     : "nothing here can ask for a password: there is no screen, and no pinentry",
          "install gcr or pinentry, or unlock with \"coffer unlock --stdin\""};
}

Finding check_clipboard() {
  auto tool = clipboard_tool();
  if (!tool) return {"clipboard", State::good, "none: there is no desktop here"};
  const std::string& program = tool->copy.front();
  if (is_installed(program)) return {"clipboard", State::good, program};
  return {"clipboard", State::warning, fmt::format("{} is not installed", program),
          fmt::format("\"coffer copy\" needs it: install {}",
                      program == "xclip" ? "xclip" : "wl-clipboard")};
}

// What Coffer says of itself, or nothing.
StringMap check_service(Bus& bus, const Machine& machine, Findings& checks) {
  auto service = SecretService::connect(false);  // who asks what is wrong wants nothing started
  if (service) {
    checks.push_back(check_provider(*service, machine));
    checks.push_back(check_transfer(*service));
    checks.push_back(check_default(*service));
    return service->describe();
  }
  const auto starts = bus.can_reach(names::kBusName);
  if (starts && *starts)
    checks.push_back({"provider", State::warning, "none runs, but the bus can start one",
                      "\"coffer collections\" starts it"});
  else
    checks.push_back({"provider", State::failed, "nobody serves secrets on this session bus",
                      "start cofferd, or another provider"});
  return {};
}

void append(Findings& to, Findings more) {
  for (Finding& each : more) to.push_back(std::move(each));
}

// Of Landlock's interface in the running kernel; 0: none.
int landlock_version() {
  constexpr unsigned kVersion = 1;  // LANDLOCK_CREATE_RULESET_VERSION
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

std::uint64_t memory_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  return limit.rlim_cur;
}

// Of the first cofferd in the PATH.
bool has_capability() {
  const char* path = std::getenv("PATH");
  for (const std::string& folder : words_of(path ? path : "", ':')) {
    const std::string program = folder + "/cofferd";
    if (::access(program.c_str(), X_OK) != 0) continue;
    char value[64];
    const ssize_t size = ::getxattr(program.c_str(), "security.capability", value, sizeof value);
    return size > 0 && grants_ipc_lock(std::string(value, static_cast<std::size_t>(size)));
  }
  return false;
}

// Whether xdg-desktop-portal is 1.17 or later. It says "xdg-desktop-portal 1.16.0".
bool portal_reads_conf() {
  for (const char* program : {"/usr/libexec/xdg-desktop-portal", "/usr/lib/xdg-desktop-portal"}) {
    if (::access(program, X_OK) != 0) continue;
    auto pipe = make_pipe();
    if (!pipe) return true;
    auto started = Process::start({program, "--version"}, {{pipe->write.get(), 1}}, true);
    pipe->write = base::UniqueFd();
    if (!started) return true;
    char text[64]{};
    const ssize_t got = ::read(pipe->read.get(), text, sizeof text - 1);
    const std::string words(text, got > 0 ? static_cast<std::size_t>(got) : 0);
    int major = 0, minor = 0;
    if (std::sscanf(words.c_str(), "xdg-desktop-portal %d.%d", &major, &minor) != 2) return true;
    return major > 1 || minor >= 17;
  }
  return true;
}

void check_machine(const Machine& machine, const StringMap& facts, Findings& checks) {
  const auto fact = [&](const char* name, const std::string& otherwise) {
    const auto at = facts.find(name);
    return at == facts.end() ? otherwise : at->second;
  };
  checks.push_back(check_activation(machine));
  append(checks, check_autostart(machine));
  append(checks, check_units(machine));
  append(checks, check_pam(machine));
  checks.push_back(check_portal(machine, portal_reads_conf()));
  checks.push_back(check_data(machine, fact("data", machine.data_home + "/coffer"), ::getuid()));
  checks.push_back(check_memory(fact("memory", ""), memory_limit(), has_capability()));
  append(checks, check_debugging(machine));
  checks.push_back(check_landlock(landlock_version()));
}

Findings all_checks() {
  const Machine machine = Machine::here();
  Findings checks;
  StringMap facts;
  if (auto bus = Bus::connect()) {
    checks.push_back({"bus", State::good, "the session bus answers"});
    facts = check_service(*bus, machine, checks);
    checks.push_back(check_prompter(*bus, facts));
  } else {
    checks.push_back({"bus", State::failed, "there is no session bus to reach",
                      "set DBUS_SESSION_BUS_ADDRESS, or run this inside a session"});
  }
  checks.push_back(check_clipboard());
  check_machine(machine, facts, checks);
  return checks;
}

void print(const Findings& checks) {
  constexpr std::size_t kFoundAt = 20, kAdviceAt = 7;  // columns
  std::size_t failed = 0, warnings = 0;
  for (const Finding& check : checks) {
    failed += check.state == State::failed;
    warnings += check.state == State::warning;
    fmt::print("{} {:<10} {}\n",
               styled(style_for(check.state), fmt::format("{:<8}", word_for(check.state))),
               check.check, wrapped(visible(check.found), kFoundAt, terminal_columns()));
    if (!check.advice.empty())
      fmt::print("    {} {}\n", styled(Style::strong, "->"),
                 wrapped(visible(check.advice), kAdviceAt, terminal_columns()));
  }
  if (failed + warnings > 0)
    fmt::print("\n{} failed, {} warnings. What to do is behind each \"->\".\n", failed, warnings);
}

void print_as_json(const Findings& checks) {
  Json array = Json::array();
  for (const Finding& check : checks)
    array.push_back({{"check", check.check},
                     {"state", word_for(check.state)},
                     {"found", check.found},
                     {"advice", check.advice.empty() ? Json(nullptr) : Json(check.advice)}});
  print_json(array);
}

base::Outcome doctor(const Nothing&, bool json) {
  const Findings checks = all_checks();
  if (json)
    print_as_json(checks);
  else
    print(checks);
  for (const Finding& check : checks)
    if (check.state == State::failed)
      return base::fail(check.check == "bus" || check.check == "provider" ? base::Code::unavailable
                                                                          : base::Code::internal,
                        fmt::format("{}: {}", check.check, check.found));
  return base::Ok{};
}

}  // namespace

void add_doctor(CLI::App& app, Invocation& invocation) {
  runs(add_command(app, invocation, "doctor", "Look for what keeps secrets from being served",
                   {"coffer doctor", "coffer doctor --json"}),
       invocation, std::make_shared<Nothing>(), doctor);
}

}  // namespace cli
