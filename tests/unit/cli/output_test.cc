#include "cli/output.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

std::string printed(const Table& table) {
  testing::internal::CaptureStdout();
  table.print();
  return testing::internal::GetCapturedStdout();
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({"LABEL", "STATE", "NOTE"});
  table.add({"a", "locked", "x"});
  table.add({"a long one", "", "y"});
  table.add({"b", "unlocked", ""});
  EXPECT_EQ(printed(table),
            "LABEL       STATE     NOTE\n"
            "a           locked    x\n"
            "a long one            y\n"
            "b           unlocked\n");
}

TEST(Table, CellsAreMadeSafeToShow) {
  Table table({"LABEL"});
  table.add({"\x1b[31m"});
  EXPECT_EQ(printed(table), "LABEL\n\\x1b[31m\n");
}

TEST(Table, NothingIsPrintedOfNothing) { EXPECT_EQ(printed(Table({"LABEL"})), ""); }

}  // namespace
}  // namespace cli
