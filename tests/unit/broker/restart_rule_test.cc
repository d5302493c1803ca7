#include "broker/restart_rule.h"

#include <gtest/gtest.h>

namespace broker {
namespace {

using namespace std::chrono_literals;

TEST(RestartRule, EndsAtTheFifthDeathWithinTenSeconds) {
  RestartRule rule;
  const RestartRule::Time start{};
  for (auto at : {0s, 2s, 4s, 6s}) EXPECT_FALSE(rule.too_often(start + at));
  EXPECT_TRUE(rule.too_often(start + 10s));
}

TEST(RestartRule, ForgetsDeathsThatAreLongPast) {
  RestartRule rule;
  RestartRule::Time at{};
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(rule.too_often(at += 2501ms));
}

TEST(RestartRule, SeesABurstAfterQuietTimes) {
  RestartRule rule;
  const RestartRule::Time start{};
  EXPECT_FALSE(rule.too_often(start));
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(rule.too_often(start + 100s));
  EXPECT_TRUE(rule.too_often(start + 100s));
}

}  // namespace
}  // namespace broker
