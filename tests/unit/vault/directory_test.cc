// The versions on one page, beside a map that does the same.
#include "vault/directory.h"

#include <gtest/gtest.h>

#include <random>

namespace vault {
namespace {

using Versions = Directory::Versions;

TEST(VersionsTest, SayTheSameAsAMap) {
  std::mt19937 random(1);
  Versions versions;
  std::map<std::uint64_t, std::uint64_t> expected;
  for (std::uint64_t step = 1; step <= 2000; ++step) {
    const std::uint64_t number = random() % Directory::kItemsPerPage;
    if (random() % 3 == 0) {
      versions.erase(number);
      expected.erase(number);
    } else {
      versions.set(number, step);
      expected[number] = step;
    }
    ASSERT_TRUE(std::equal(
        versions.begin(), versions.end(), expected.begin(), expected.end(),
        [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; }))
        << "after step " << step;
  }
}

TEST(VersionsTest, TheLastOneIsReplacedToo) {
  Versions versions;
  versions.set(7, 1);
  versions.set(7, 2);
  EXPECT_EQ(versions.size(), 1u);
  EXPECT_EQ(versions.find(7), 2u);
  EXPECT_FALSE(versions.find(8));
}

}  // namespace
}  // namespace vault
