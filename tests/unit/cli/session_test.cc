#include "cli/session.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nettle/sha2.h>

#include <array>

namespace cli {
namespace {

std::string hex(base::ByteView bytes) {
  std::string text;
  for (std::byte byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

// The first 16 bytes of SHA-256, as the known answers have it.
std::string digest(base::ByteView bytes) {
  std::array<std::byte, SHA256_DIGEST_SIZE> result;
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, bytes.size(), base::u8(bytes));
  sha256_digest(&context, result.size(), base::u8(base::MutableBytes(result)));
  return hex(base::ByteView(result).first(16));
}

Secret repeated(int byte) {
  Secret exponent = Secret::zeros(kExponentSize);
  for (std::byte& each : exponent.writable()) each = static_cast<std::byte>(byte);
  return exponent;
}

Secret small(unsigned value) {
  Secret exponent = Secret::zeros(kExponentSize);
  exponent.writable()[kExponentSize - 1] = static_cast<std::byte>(value & 0xFF);
  exponent.writable()[kExponentSize - 2] = static_cast<std::byte>(value >> 8);
  return exponent;
}

base::Bytes counting() {
  base::Bytes vector(kBlockSize);
  for (std::size_t i = 0; i < vector.size(); ++i) vector[i] = static_cast<std::byte>(i);
  return vector;
}

TEST(Session, PublicKeysAreTheKnownOnes) {
  EXPECT_EQ(digest(public_key(repeated(0x11))), "801a93702449efe86f1fe0780e84d4ca");
  EXPECT_EQ(digest(public_key(repeated(0x22))), "48c25c60cb5fea588e159c29d5a54362");
}

TEST(Session, BothSidesAgreeOnTheKnownKey) {
  for (auto [mine, theirs] : {std::pair(0x11, 0x22), std::pair(0x22, 0x11)}) {
    auto key = session_key(public_key(repeated(theirs)), repeated(mine));
    ASSERT_TRUE(key);
    EXPECT_EQ(hex(key->view()), "9230a221c40ac242fef986ae8a850943");
  }
}

TEST(Session, ASharedSecretThatBeginsWithZerosKeepsThem) {
  auto key = session_key(public_key(small(1140)), small(777));
  ASSERT_TRUE(key);
  EXPECT_EQ(hex(key->view()), "c772030384b261fb95bdf84884f9386d");
}

TEST(Session, LeadingZerosOfThePeersKeyDoNotMatter) {
  const base::Bytes padded = public_key(small(1000));
  ASSERT_EQ(padded[0], std::byte{0});
  auto one = session_key(padded, repeated(0x11));
  auto other = session_key(base::ByteView(padded).subspan(2), repeated(0x11));
  ASSERT_TRUE(one);
  ASSERT_TRUE(other);
  EXPECT_EQ(hex(one->view()), hex(other->view()));
}

TEST(Session, KeysThatGiveTheSecretAwayAreRefused) {
  const base::Bytes too_large(kGroupSize, std::byte{0xFF});
  const base::Bytes too_long(kGroupSize + 1, std::byte{1});
  const base::Bytes one = {std::byte{1}};
  for (const base::Bytes& key : {base::Bytes{}, base::Bytes(kGroupSize), one, too_large, too_long})
    EXPECT_FALSE(session_key(key, repeated(0x11)));
}

TEST(Session, SecretsSealToTheKnownBytes) {
  const auto key = session_key(public_key(repeated(0x22)), repeated(0x11));
  ASSERT_TRUE(key);
  const auto sealed = [&](std::string_view text) {
    return hex(seal(*key, base::bytes_of(text), counting()).value);
  };
  EXPECT_EQ(sealed("secret"), "fb42c35625ebe773c1375936e941e4a7");
  EXPECT_EQ(sealed(""), "ecfe4133fe2abfb7bf5e5f2185b8e32a");
  EXPECT_EQ(sealed("AAAAAAAAAAAAAAAA"),
            "0fd3ef522940bf92d6ff5dff92280c788982916a72de67c1ec4dcfe9cfeba8db");
}

TEST(Session, WhatIsSealedOpensAgainAtAnyLength) {
  const Secret key(std::string_view("0123456789abcdef"));
  for (std::size_t size : {0u, 1u, 15u, 16u, 17u, 4096u}) {
    const std::string text(size, '\0');
    auto opened = open(key, seal(key, base::bytes_of(text)));
    ASSERT_TRUE(opened) << size;
    EXPECT_EQ(opened->text(), text);
  }
}

TEST(Session, TwoSealsOfOneSecretDiffer) {
  const Secret key(std::string_view("0123456789abcdef"));
  EXPECT_NE(seal(key, base::bytes_of("secret")).value, seal(key, base::bytes_of("secret")).value);
}

TEST(Session, WhatCannotHaveBeenSealedIsRefused) {
  const Secret key(std::string_view("0123456789abcdef"));
  const Sealed good = seal(key, base::bytes_of("secret"), counting());
  Sealed no_vector = good, cut = good, empty = good;
  no_vector.parameters.clear();
  cut.value.pop_back();
  empty.value.clear();
  Sealed other_padding = good;
  other_padding.parameters.back() ^= std::byte{0xF0};  // turns the padding's last byte into 0xFA
  for (const Sealed& broken : {no_vector, cut, empty, other_padding}) {
    auto opened = open(key, broken);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, base::Code::damaged);
  }
}

}  // namespace
}  // namespace cli
