// What came of an import, for people and for programs.
#pragma once

#include "cli/json.h"
#include "cli/moving/target.h"

namespace cli {

// One item that was not stored, or, in a dry run, one that would be looked at.
struct ItemReport {
  std::string label;
  Attributes attributes;
  Verdict verdict = Verdict::fresh;
  std::string failure;  // empty: none
};

struct SourceReport {
  std::string source;
  std::string format;  // empty when it could not be read
  std::string label;
  std::size_t items = 0;             // that could be read
  std::size_t added = 0;             // in a dry run: would be
  std::size_t duplicates = 0;        // that were there already
  std::size_t conflicts = 0;         // of those added: something else has the same attributes
  std::vector<ItemReport> plan;      // in a dry run: every item
  std::vector<ItemReport> failures;  // that were not stored as they are
  std::vector<Loss> losses;
  std::optional<base::Error> error;  // why nothing could be read, or why it ended early

  bool is_whole() const { return !error && losses.empty() && failures.empty(); }
};

// Adds what became of `item`; call it before the item is moved away.
void count(SourceReport& report, ItemReport item);

// The shapes are documented in coffer(1).
Json json_of(const SourceReport& report, bool dry);
void print_reports(const std::vector<SourceReport>& reports, bool dry);

// Ok when everything was stored, or else what the command ends in: "2 of 3 WHAT as a whole".
base::Outcome outcome_of(const std::vector<SourceReport>& reports,
                         const char* what = "sources could not be imported");

}  // namespace cli
