#include "cli/moving/report.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

SourceReport failed(base::Code code) {
  SourceReport report;
  report.source = "file";
  report.error = base::Error{code, "why"};
  return report;
}

TEST(Report, CountsWhatBecameOfEachItem) {
  SourceReport report;
  for (const Verdict verdict :
       {Verdict::fresh, Verdict::fresh, Verdict::conflict, Verdict::duplicate})
    count(report, {"label", {}, verdict, ""});
  count(report, {"label", {}, Verdict::fresh, "too large"});
  EXPECT_EQ(report.added, 3u);
  EXPECT_EQ(report.conflicts, 1u);
  EXPECT_EQ(report.duplicates, 1u);
  EXPECT_EQ(report.failures.size(), 1u);
  EXPECT_FALSE(report.is_whole());
}

TEST(Report, TheOutcomeTellsWrongPasswordsFromOtherTroubles) {
  const auto code = [](std::vector<SourceReport> reports) {
    const auto outcome = outcome_of(reports);
    return outcome ? std::optional<base::Code>() : outcome.error().code;
  };
  using base::Code;
  EXPECT_EQ(code({SourceReport(), SourceReport()}), std::nullopt);
  EXPECT_EQ(code({SourceReport(), failed(Code::not_supported)}), Code::not_supported);
  EXPECT_EQ(code({failed(Code::wrong_password), failed(Code::wrong_password)}),
            Code::wrong_password);
  EXPECT_EQ(code({failed(Code::wrong_password), failed(Code::io)}), Code::damaged);
  SourceReport lossy;
  lossy.losses.push_back({3, "label", "is not UTF-8"});
  EXPECT_EQ(code({std::move(lossy)}), Code::damaged);
}

TEST(Report, HasTheDocumentedShape) {
  SourceReport report = failed(base::Code::io);
  report.losses.push_back({3, "label", "is not UTF-8"});
  report.plan.push_back({"one", {{"user", "jo"}}, Verdict::conflict, ""});
  EXPECT_EQ(json_of(report, true).dump(),
            R"({"source":"file","format":null,"label":"","items":0,"added":0,"duplicates":0,)"
            R"("conflicts":0,"failures":[],)"
            R"("losses":[{"item":3,"what":"label","why":"is not UTF-8"}],"error":"why",)"
            R"("plan":[{"label":"one","attributes":{"user":"jo"},"action":"add-beside"}]})");
  EXPECT_FALSE(json_of(report, false).contains("plan"));
}

}  // namespace
}  // namespace cli
