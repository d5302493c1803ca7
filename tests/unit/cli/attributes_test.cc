#include "cli/attributes.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

base::Result<Attributes> parse(std::vector<std::string> words) { return parse_attributes(words); }

TEST(Attributes, AreWrittenWithEqualsSigns) {
  auto parsed = parse({"user=jo", "host=a.example"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, (Attributes{{"user", "jo"}, {"host", "a.example"}}));
}

TEST(Attributes, AreAlsoTakenAsSecretToolTakesThem) {
  auto parsed = parse({"user", "jo", "query", "a=b"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, (Attributes{{"user", "jo"}, {"query", "a=b"}}));
}

TEST(Attributes, SplitAtTheFirstEqualsSign) {
  auto parsed = parse({"url=https://a/?b=c", "empty="});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, (Attributes{{"url", "https://a/?b=c"}, {"empty", ""}}));
}

TEST(Attributes, RefuseWhatIsHalfOrTwiceThere) {
  const std::vector<std::string> broken[] = {{"user"}, {"user", "jo", "host"},  {"user=jo", "host"},
                                             {"=jo"},  {"user=jo", "user=ann"}, {"user=\xff"}};
  for (const auto& words : broken) {
    auto parsed = parse(words);
    ASSERT_FALSE(parsed) << words.back();
    EXPECT_EQ(parsed.error().code, base::Code::invalid);
  }
}

TEST(Attributes, NoneIsNotAWayToSayAll) {
  EXPECT_TRUE(parse({}));
  EXPECT_FALSE(parse_some_attributes({}));
}

}  // namespace
}  // namespace cli
