// coffer import
#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/find.h"
#include "cli/item_arguments.h"
#include "cli/moving/adding.h"
#include "cli/moving/source.h"
#include "cli/terminal.h"
#include "cli/visible.h"

namespace cli {
namespace {

struct Options {
  std::vector<std::string> sources;
  std::string collection = kDefaultCollection;
  bool dry = false;
  bool yes = false;
  int password_fd = STDIN_FILENO;
};

base::Result<std::vector<Source>> chosen_sources(const Options& options) {
  std::vector<Source> sources;
  for (const std::string& word : options.sources) sources.push_back(source_named(word));
  if (sources.empty()) sources = find_sources();
  if (sources.empty())
    return base::fail(base::Code::no_such_item,
                      "nothing to import was found; name a file or another source");
  return sources;
}

base::Outcome check_sure(const Options& options, const std::vector<Source>& sources,
                         const std::string& collection) {
  // Who names the sources, or has no terminal, means what they say.
  if (options.dry || options.yes || !options.sources.empty() || !is_terminal(STDIN_FILENO))
    return base::Ok{};
  fmt::print(stderr, "Found:\n");
  for (const Source& source : sources) fmt::print(stderr, "  {}\n", visible(name_of(source)));
  if (!confirm(fmt::format("Import all of this into \"{}\"?", collection)))
    return base::fail(base::Code::locked, "nothing was imported");
  return base::Ok{};
}

SourceReport import_source(const Source& source, Passwords& passwords, SecretService& service,
                           Target& target, bool dry) {
  SourceReport report;
  report.source = name_of(source);
  auto haul = read_source(source, passwords, service);
  if (!haul) {
    report.error = haul.error();
    return report;
  }
  report.format = std::move(haul->format);
  report.label = std::move(haul->label);
  report.items = haul->items.size();
  report.losses = std::move(haul->losses);
  if (auto added = add_items(target, haul->items, report, dry); !added)
    report.error = added.error();
  return report;
}

base::Outcome print(const std::vector<SourceReport>& reports, const std::string& collection,
                    bool dry, bool json) {
  if (!json) {
    print_reports(reports, dry);
    return outcome_of(reports);
  }
  Json sources = Json::array();
  for (const SourceReport& report : reports) sources.push_back(json_of(report, dry));
  print_json({{"collection", collection}, {"dry_run", dry}, {"sources", std::move(sources)}});
  return outcome_of(reports);
}

base::Outcome import(const Options& options, bool json) {
  keep_to_ourselves(options.password_fd);
  for (const std::string& word : options.sources)
    if (auto checked = check_text(word, "source"); !checked) return checked;
  auto sources = chosen_sources(options);
  if (!sources) return base::fail(sources.error());
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  if (auto sure = check_sure(options, *sources, options.collection); !sure) return sure;
  auto collection = open_collection(*service, options.collection);
  if (!collection) return base::fail(collection.error());
  auto target = Target::open(*service, *collection, options.dry);
  if (!target) return base::fail(target.error());
  Passwords passwords(options.password_fd);
  std::vector<SourceReport> reports;
  for (const Source& source : *sources) {
    reports.push_back(import_source(source, passwords, *service, *target, options.dry));
    const auto& error = reports.back().error;
    if (error && error->code == base::Code::unavailable && !service->provider()) break;
  }
  return print(reports, *collection, options.dry, json);
}

}  // namespace

void add_import(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      app, invocation, "import", "Import secrets of other password managers",
      {"coffer import --dry-run", "coffer import",
       "coffer import ~/.local/share/keyrings/work.keyring -c work",
       "coffer import passwords.csv pass kernel", "coffer import application:org.example.Mail",
       "coffer import bus:unix:path=/run/bus",
       "coffer import old.kwl --password-fd 3 3< password-file"});
  command->add_option("sources", options->sources,
                      "Files; pass, pass:FOLDER, kernel, application:ID, bus:ADDRESS, "
                      "provider:NAME; whatever is "
                      "there without them");
  command->add_option("-c,--collection", options->collection, "Where to store it");
  command->add_flag("-n,--dry-run", options->dry, "Show what would be imported, and store nothing");
  command
      ->add_option("--password-fd", options->password_fd,
                   "Read passwords there, one a line, instead of standard input")
      ->check(CLI::Range(0, 1 << 20));
  command->add_flag("-y,--yes", options->yes, "Do not ask on the terminal");
  runs(command, invocation, options, import);
}

}  // namespace cli
