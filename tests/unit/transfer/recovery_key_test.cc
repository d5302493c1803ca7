#include "transfer/recovery_key.h"

#include <gtest/gtest.h>

namespace transfer {
namespace {

RecoveryKey a_key() {
  RecoveryKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i * 37 + 11);
  return key;
}

TEST(RecoveryKey, ItsTextIsNineGroupsOfFour) {
  const std::string text = text_of(a_key());
  ASSERT_EQ(text.size(), 44u);
  for (std::size_t i = 0; i < text.size(); ++i) EXPECT_EQ(text[i] == '-', i % 5 == 4) << text;
  EXPECT_EQ(text_of(RecoveryKey{}), "0000-0000-0000-0000-0000-0000-0000-0000-0000");
}

TEST(RecoveryKey, ItIsReadAsPeopleTypeIt) {
  const std::string text = text_of(a_key());
  EXPECT_EQ(recovery_key_of(text), a_key());
  std::string other;
  for (const char letter : text) {
    if (letter == '-')
      other += "  ";
    else
      other += static_cast<char>(std::tolower(letter));
  }
  EXPECT_EQ(recovery_key_of(other), a_key());
  EXPECT_EQ(recovery_key_of("OOOO OOOO OOOO OOOO oooo 0000 0000 0000 0000"), RecoveryKey{});
}

TEST(RecoveryKey, NoSingleMistakeGoesUnnoticed) {
  const std::string text = text_of(a_key());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '-') continue;
    for (const char letter : std::string("0123456789ABCDEFGHJKMNPQRSTVWXYZ")) {
      std::string mistyped = text;
      mistyped[at] = letter;
      EXPECT_EQ(recovery_key_of(mistyped).has_value(), mistyped == text) << mistyped;
    }
    std::string shorter = text;
    shorter.erase(at, 1);
    EXPECT_FALSE(recovery_key_of(shorter));
  }
}

TEST(RecoveryKey, NoExchangeOfTwoCharactersGoesUnnoticed) {
  const std::string text = text_of(a_key());
  for (std::size_t one = 0; one < text.size(); ++one)
    for (std::size_t other = 0; other < one; ++other) {
      std::string mistyped = text;
      std::swap(mistyped[one], mistyped[other]);
      if (text[one] == '-' || text[other] == '-') continue;
      EXPECT_EQ(recovery_key_of(mistyped).has_value(), mistyped == text) << mistyped;
    }
}

TEST(RecoveryKey, WhatIsNoneIsRefused) {
  for (const char* text : {"", "correct horse", "U000-0000-0000-0000-0000-0000-0000-0000-0000",
                           "0000-0000-0000-0000-0000-0000-0000-0000-0000-0"})
    EXPECT_FALSE(recovery_key_of(text)) << text;
}

}  // namespace
}  // namespace transfer
