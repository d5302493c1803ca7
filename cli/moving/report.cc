#include "cli/moving/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output.h"
#include "cli/visible.h"

namespace cli {
namespace {

const char* word_for(Verdict verdict) {
  switch (verdict) {
    case Verdict::fresh:
      break;
    case Verdict::duplicate:
      return "skip";
    case Verdict::conflict:
      return "add-beside";
  }
  return "add";
}

Json json_of(const ItemReport& item) {
  Json attributes = Json::object();
  for (const auto& [key, value] : item.attributes) attributes[key] = value;
  return {{"label", item.label}, {"attributes", std::move(attributes)}};
}

Json json_of(const Loss& loss) {
  return {{"item", loss.item ? Json(*loss.item) : Json(nullptr)},
          {"what", loss.what},
          {"why", loss.why}};
}

void print_line(const std::string& text) {
  fmt::print("  {}\n", styled(Style::warning, visible(text)));
}

void print_troubles(const SourceReport& report) {
  if (report.is_whole()) return;
  fmt::print("{}\n", visible(report.source));
  if (report.error) print_line(report.error->what);
  for (const Loss& loss : report.losses)
    print_line(loss.item ? fmt::format("item {}: {} {}", *loss.item + 1, loss.what, loss.why)
                         : fmt::format("{} {}", loss.what, loss.why));
  for (const ItemReport& item : report.failures)
    print_line(fmt::format("\"{}\": {}", item.label, item.failure));
}

}  // namespace

void count(SourceReport& report, ItemReport item) {
  if (!item.failure.empty()) {
    report.failures.push_back(std::move(item));
    return;
  }
  if (item.verdict == Verdict::duplicate) ++report.duplicates;
  if (item.verdict == Verdict::conflict) ++report.conflicts;
  if (item.verdict != Verdict::duplicate) ++report.added;
}

Json json_of(const SourceReport& report, bool dry) {
  Json object = {{"source", report.source},
                 {"format", report.format.empty() ? Json(nullptr) : Json(report.format)},
                 {"label", report.label},
                 {"items", report.items},
                 {"added", report.added},
                 {"duplicates", report.duplicates},
                 {"conflicts", report.conflicts},
                 {"failures", Json::array()},
                 {"losses", Json::array()},
                 {"error", report.error ? Json(report.error->what) : Json(nullptr)}};
  for (const ItemReport& item : report.failures) {
    object["failures"].push_back(json_of(item));
    object["failures"].back()["why"] = item.failure;
  }
  for (const Loss& loss : report.losses) object["losses"].push_back(json_of(loss));
  if (!dry) return object;
  object["plan"] = Json::array();
  for (const ItemReport& item : report.plan) {
    object["plan"].push_back(json_of(item));
    object["plan"].back()["action"] = word_for(item.verdict);
  }
  return object;
}

void print_reports(const std::vector<SourceReport>& reports, bool dry) {
  Table table({"SOURCE", "FORMAT", "ITEMS", dry ? "WOULD ADD" : "ADDED", "THERE ALREADY",
               "CONFLICTS", "TROUBLES"});
  for (const SourceReport& report : reports) {
    const std::size_t troubles =
        report.losses.size() + report.failures.size() + (report.error ? 1 : 0);
    table.add({{report.source, Style::strong},
               report.format.empty() ? "unreadable" : report.format,
               std::to_string(report.items),
               {std::to_string(report.added), Style::good},
               std::to_string(report.duplicates),
               std::to_string(report.conflicts),
               {std::to_string(troubles), troubles ? Style::warning : Style::plain}});
  }
  table.print();
  for (const SourceReport& report : reports) print_troubles(report);
}

base::Outcome outcome_of(const std::vector<SourceReport>& reports, const char* what) {
  const auto bad = static_cast<std::size_t>(
      std::count_if(reports.begin(), reports.end(), [](const auto& r) { return !r.is_whole(); }));
  if (bad == 0) return base::Ok{};
  const auto first =
      std::find_if(reports.begin(), reports.end(), [](const auto& r) { return !r.is_whole(); });
  if (bad == 1 && first->error)
    return base::fail(first->error->code, fmt::format("{}: {}", first->source, first->error->what));
  const bool only_refused = std::all_of(reports.begin(), reports.end(), [](const auto& r) {
    return r.is_whole() || (r.error && r.error->code == base::Code::wrong_password);
  });
  return base::fail(only_refused ? base::Code::wrong_password : base::Code::damaged,
                    fmt::format("{} of {} {} as a whole", bad, reports.size(), what));
}

}  // namespace cli
