#include "backup/envelope.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <set>

namespace backup {
namespace {

using base::Code;

constexpr Cost kCheap{1, 8};
constexpr std::size_t kHeader = 116, kChecksum = 16, kVersionAt = 16, kPassesAt = 28,
                      kMemoryAt = 32;
const base::ByteView kPassword = base::bytes_of("correct horse");

base::Bytes sealed(base::ByteView content) { return *seal(content, kPassword, kCheap); }
base::Bytes sealed(std::string_view content) { return sealed(base::bytes_of(content)); }

Code refusal(base::ByteView file, const Given& given = {kPassword, {}}) {
  const auto opened = open(file, given);
  EXPECT_FALSE(opened);
  return opened ? Code::internal : opened.error().code;
}

void set_u32(base::Bytes& file, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

// What someone writes who knows the format, but no key.
void renew_checksum(base::Bytes& file) {
  ::crypto_generichash(base::u8(base::MutableBytes(file).subspan(kHeader - kChecksum)), kChecksum,
                       base::u8(base::ByteView(file)), kHeader - kChecksum, nullptr, 0);
}

TEST(Envelope, ContentOfEverySizeAroundAChunkComesBack) {
  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 131071, 131072, 131073}) {
    base::Bytes content(size);
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<std::byte>(i * 7);
    const auto opened = open(sealed(content), {kPassword, {}});
    ASSERT_TRUE(opened) << size;
    EXPECT_EQ(*opened, content) << size;
  }
}

TEST(Envelope, TwoFilesOfOneContentHaveNothingInCommon) {
  const base::Bytes one = sealed("content"), other = sealed("content");
  EXPECT_NE(one, other);
  EXPECT_NE(base::Bytes(one.begin() + kHeader, one.end()),
            base::Bytes(other.begin() + kHeader, other.end()));
}

TEST(Envelope, TheContentIsNotInTheFile) {
  const base::Bytes file = sealed("a secret that is long enough");
  EXPECT_EQ(base::text_of(file).find("secret"), std::string_view::npos);
}

TEST(Envelope, EveryAlteredByteIsNoticedAndCalledDamage) {
  const base::Bytes file = sealed("a small content");
  for (std::size_t at = 0; at < file.size(); ++at)
    for (const auto bit : {0x01, 0x80}) {
      base::Bytes altered = file;
      altered[at] ^= static_cast<std::byte>(bit);
      const Code code = refusal(altered);
      // Without its first bytes nothing tells that it was a backup.
      EXPECT_EQ(code, at < kVersionAt ? Code::not_supported : Code::damaged) << at;
    }
}

TEST(Envelope, EveryAlteredByteOfTheHeaderIsNoticedAlsoWithARightChecksum) {
  const base::Bytes file = sealed("a small content");
  for (std::size_t at = 0; at < kHeader - kChecksum; ++at) {
    base::Bytes altered = file;
    altered[at] ^= std::byte{1};
    renew_checksum(altered);
    refusal(altered);
  }
}

TEST(Envelope, AFileCutAtEveryLengthIsCalledCutOff) {
  const base::Bytes file = sealed("a small content");
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto opened = open(base::ByteView(file).first(size), {kPassword, {}});
    ASSERT_FALSE(opened) << size;
    if (size < kVersionAt) {
      EXPECT_EQ(opened.error().code, Code::not_supported) << size;
      continue;
    }
    EXPECT_EQ(opened.error().code, Code::damaged) << size;
    EXPECT_NE(opened.error().what.find("cut off"), std::string::npos) << opened.error().what;
  }
}

TEST(Envelope, AFileCutBetweenTwoChunksIsNoticed) {
  const base::Bytes content(65536 * 2);
  base::Bytes file = sealed(content);
  file.resize(kHeader + 2 * (65536 + crypto_secretstream_xchacha20poly1305_ABYTES));
  EXPECT_EQ(refusal(file), Code::damaged);
}

TEST(Envelope, WhatFollowsTheEndIsNoticed) {
  base::Bytes file = sealed("a small content");
  file.push_back(std::byte{0});
  EXPECT_EQ(refusal(file), Code::damaged);
}

TEST(Envelope, TwoChunksThatChangedPlacesAreNoticed) {
  base::Bytes content(65536 * 2);
  base::Bytes file = sealed(content);
  const auto chunk =
      static_cast<std::ptrdiff_t>(65536 + crypto_secretstream_xchacha20poly1305_ABYTES);
  const auto first = file.begin() + kHeader;
  std::swap_ranges(first, first + chunk, first + chunk);
  EXPECT_EQ(refusal(file), Code::damaged);
}

TEST(Envelope, AnotherFilesHeaderDoesNotFit) {
  const base::Bytes one = sealed("a small content");
  base::Bytes other = sealed("a small content");
  std::copy_n(one.begin(), kHeader, other.begin());
  EXPECT_EQ(refusal(other), Code::damaged);
}

TEST(Envelope, AWrongPasswordIsToldFromDamage) {
  const base::Bytes file = sealed("content");
  EXPECT_EQ(refusal(file, {base::bytes_of("wrong"), {}}), Code::wrong_password);
  EXPECT_EQ(refusal(file, {{}, {}}), Code::wrong_password);
  EXPECT_EQ(refusal(file, {{}, transfer::RecoveryKey{}}), Code::wrong_password);
}

TEST(Envelope, ARecoveryKeyOpensWhatItSealedAndNothingElseDoes) {
  transfer::RecoveryKey key{}, other{};
  key[3] = std::byte{5};
  const base::Bytes file = *seal(base::bytes_of("content"), key);
  const auto opened = open(file, {{}, key});
  ASSERT_TRUE(opened);
  EXPECT_EQ(base::text_of(*opened), "content");
  EXPECT_EQ(refusal(file, {kPassword, other}), Code::wrong_password);
  EXPECT_EQ(refusal(file, {kPassword, {}}), Code::wrong_password);
}

TEST(Envelope, ALaterVersionIsToldFromDamage) {
  base::Bytes file = sealed("content");
  set_u32(file, kVersionAt, 2);
  EXPECT_EQ(refusal(file), Code::damaged);
  renew_checksum(file);
  EXPECT_EQ(refusal(file), Code::too_new);
}

TEST(Envelope, MoreWorkThanIsBearableIsRefusedBeforeItIsDone) {
  for (const auto& [at, value] :
       std::vector<std::pair<std::size_t, std::uint32_t>>{{kPassesAt, 0},
                                                          {kPassesAt, 33},
                                                          {kPassesAt, 0xffffffff},
                                                          {kMemoryAt, 7},
                                                          {kMemoryAt, 1'048'577},
                                                          {kMemoryAt, 0xffffffff}}) {
    base::Bytes file = sealed("content");
    set_u32(file, at, value);
    renew_checksum(file);
    EXPECT_EQ(refusal(file), Code::limits_exceeded) << at << " " << value;
  }
}

}  // namespace
}  // namespace backup
