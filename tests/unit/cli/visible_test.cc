#include "cli/visible.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(Visible, OrdinaryTextStaysAsItIs) {
  for (const char* text : {"", "a label", "Пароль 密码 🔑", "back\\slash"})
    EXPECT_EQ(visible(text), text);
}

TEST(Visible, TerminalsGetNoControlCharacters) {
  EXPECT_EQ(visible("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
  EXPECT_EQ(visible("a\nb\tc\rd"), "a\\nb\\tc\\x0dd");
  EXPECT_EQ(visible("\xc2\x9b"
                    "31m"),
            "\\u{9b}31m");  // CSI as one character
  EXPECT_EQ(visible(std::string_view("\0", 1)), "\\x00");
}

TEST(Visible, TextIsNotReversedOrHidden) {
  EXPECT_EQ(visible("\u202egnp.exe"), "\\u{202e}gnp.exe");
  EXPECT_EQ(visible("pay\u200bpal"), "pay\\u{200b}pal");
}

TEST(Visible, BytesThatAreNotUtf8ShowAsNumbers) {
  EXPECT_EQ(visible("\xff"), "\\xff");
  EXPECT_EQ(visible("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(visible("\xc0\x9b"), "\\xc0\\x9b");           // an overlong escape
  EXPECT_EQ(visible("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

TEST(Visible, LinesKeepTheirBreaksWhereThatIsWanted) {
  EXPECT_EQ(visible_lines("a\nb\tc\x1b"), "a\nb\tc\\x1b");
}

}  // namespace
}  // namespace cli
