#include "cli/moving/adding.h"

#include <algorithm>

#include "cli/moving/progress.h"

namespace cli {

base::Outcome add_items(Target& target, std::vector<MovedItem>& items, SourceReport& report,
                        bool dry) {
  Progress progress(report.source, items.size());
  target.begin_source();
  for (std::size_t at = 0; at < items.size(); at += Target::kBatch) {
    const std::span some(items.begin() + static_cast<std::ptrdiff_t>(at),
                         std::min(Target::kBatch, items.size() - at));
    std::vector<ItemReport> reports;
    for (const MovedItem& item : some) reports.push_back({item.label, item.attributes, {}, {}});
    auto results = target.add(some);
    if (!results) return base::fail(results.error());
    for (std::size_t i = 0; i < some.size(); ++i) {
      reports[i].verdict = (*results)[i].verdict;
      reports[i].failure = (*results)[i].failure;
      if (dry) report.plan.push_back(reports[i]);
      count(report, std::move(reports[i]));
    }
    progress.show(at + some.size());
  }
  return base::Ok{};
}

}  // namespace cli
