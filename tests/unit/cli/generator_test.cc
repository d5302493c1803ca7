#include "cli/generator.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/random.h"

namespace cli {
namespace {

TEST(Generator, AlphabetsAddUp) {
  auto both = alphabet("digits,hex");
  ASSERT_TRUE(both);
  EXPECT_EQ(*both, "0123456789abcdef");
  EXPECT_EQ(alphabet("lower,upper,digits,symbols")->size(), 94u);
  for (const char* names : {"", "klingon", "lower,", ",lower"}) EXPECT_FALSE(alphabet(names));
}

TEST(Generator, CharactersAreAsciiAndThereOnce) {
  EXPECT_TRUE(check_characters("ab"));
  for (const char* characters : {"", "a", "aa", "ab\n", "aé"})
    EXPECT_FALSE(check_characters(characters));
}

TEST(Generator, UsesAllOfTheAlphabetAndNothingElse) {
  const Generated made = generate_characters(4096, "abc");
  const std::set<char> used(made.secret.text().begin(), made.secret.text().end());
  EXPECT_EQ(used, (std::set<char>{'a', 'b', 'c'}));
  EXPECT_NEAR(made.bits, 4096 * 1.58496, 0.1);
}

TEST(Generator, MakesAnotherOneEachTime) {
  EXPECT_NE(generate_characters(20, "0123456789").secret.text(),
            generate_characters(20, "0123456789").secret.text());
}

TEST(Generator, MakesWordsUpWhereThereAreTooFew) {
  const Generated made = generate_words(3, "-", {"only", "two"});
  EXPECT_EQ(made.secret.size(), 17u);
  EXPECT_EQ(made.secret.text().find("only"), std::string_view::npos);
  EXPECT_NEAR(made.bits, 3 * 16.64, 0.1);
}

TEST(Generator, ChoosesFromWordsWhereThereAreEnough) {
  std::vector<std::string> words;
  for (int i = 0; i < 4096; ++i) words.push_back("w" + std::to_string(i));
  const Generated made = generate_words(2, " ", words);
  EXPECT_EQ(made.secret.text().front(), 'w');
  EXPECT_NE(made.secret.text().find(" w"), std::string_view::npos);
  EXPECT_DOUBLE_EQ(made.bits, 24);
}

TEST(Random, IsBelowItsBoundAndReachesAllOfIt) {
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_below(3));
  EXPECT_EQ(seen, (std::set<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(random_below(1), 0u);
}

}  // namespace
}  // namespace cli
