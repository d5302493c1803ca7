#include "cli/output.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

std::string printed(const Table& table) {
  testing::internal::CaptureStdout();
  table.print();
  return testing::internal::GetCapturedStdout();
}

TEST(Wrapped, BreaksBetweenWordsAndIndentsWhatFollows) {
  EXPECT_EQ(wrapped("one two three", 4, 60), "one two three");
  EXPECT_EQ(wrapped("one two three", 4, 17), "one two three");
  EXPECT_EQ(wrapped("one two three", 4, 16), "one two\n    three");
  EXPECT_EQ(wrapped("one two three", 4, 11), "one two\n    three");
  EXPECT_EQ(wrapped("one two three", 4, 10), "one\n    two\n    three");
  EXPECT_EQ(wrapped("", 4, 10), "");
}

TEST(Wrapped, NeverBreaksAWord) {
  EXPECT_EQ(wrapped("/a/long/path", 2, 5), "/a/long/path");
  EXPECT_EQ(wrapped("see /a/long/path now", 2, 8), "see\n  /a/long/path\n  now");
}

TEST(Wrapped, CountsColumnsAndKeepsWhatFits) {
  EXPECT_EQ(wrapped("äöü äöü", 0, 7), "äöü äöü");
  EXPECT_EQ(wrapped("two  spaces", 0, 11), "two  spaces");
  EXPECT_EQ(wrapped(" two  spaces ", 0, 5), "two\nspaces");
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
