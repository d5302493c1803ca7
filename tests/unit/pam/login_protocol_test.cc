#include "ipc/login_protocol.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace login {
namespace {

std::vector<std::byte> frame(const RequestHeader& header, std::string_view body) {
  const RequestHeaderBytes front = encode(header);
  std::vector<std::byte> bytes(front.begin(), front.end());
  for (const char c : body) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

std::string_view text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Request, HasItsBytesWhereTheHeaderSays) {
  const auto bytes = frame({Operation::change, 3, 5}, "oldnewer");
  constexpr std::string_view expected("CFLQ\1\0\3\0\3\0\0\0\5\0\0\0oldnewer", 24);
  EXPECT_EQ(text(bytes), expected);
}

TEST(Request, IsReadAsItWasWritten) {
  const auto bytes = frame({Operation::change, 3, 5}, "oldnewer");
  const auto request = decode_request(bytes);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->operation, Operation::change);
  EXPECT_EQ(text(request->password), "old");
  EXPECT_EQ(text(request->new_password), "newer");
}

TEST(Request, OfAnyOtherLengthIsRefused) {
  const auto whole = frame({Operation::unlock_or_create, 8, 0}, "password");
  EXPECT_TRUE(decode_request(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_request(std::span(whole).first(size))) << size;
  EXPECT_FALSE(decode_request(frame({Operation::unlock_or_create, 8, 0}, "passwords")));
}

TEST(Header, WithImpossibleLengthsIsRefused) {
  using enum Operation;
  constexpr std::uint32_t most = kMaxPassword;
  for (const RequestHeader& good : {RequestHeader{unlock, 1, 0},
                                    {unlock, most, 0},
                                    {unlock_or_create, most, 0},
                                    {change, 1, 1},
                                    {change, most, most}})
    EXPECT_EQ(decode_request_header(encode(good)), good);
  for (const RequestHeader& bad : {RequestHeader{unlock, 0, 0},
                                   {unlock, most + 1, 0},
                                   {unlock, 1, 1},
                                   {unlock_or_create, 0, 0},
                                   {unlock_or_create, 1, 1},
                                   {change, 0, 1},
                                   {change, 1, 0},
                                   {change, most + 1, 1},
                                   {change, 1, most + 1},
                                   {change, 0xffffffff, 2},
                                   {unlock, 0xffffffff, 0}})
    EXPECT_FALSE(decode_request_header(encode(bad)));
}

TEST(Header, WithAnotherMagicVersionOrOperationIsRefused) {
  const RequestHeaderBytes good = encode({Operation::unlock, 8, 0});
  for (std::size_t at = 0; at < 8; ++at)
    for (int bit = 0; bit < 8; ++bit) {
      RequestHeaderBytes bad = good;
      bad[at] ^= static_cast<std::byte>(1 << bit);
      EXPECT_FALSE(decode_request_header(bad)) << at << ' ' << bit;
    }
  for (const int operation : {0, 4, 0x101, 0xffff})
    EXPECT_FALSE(decode_request_header(encode({static_cast<Operation>(operation), 8, 0})));
}

TEST(Answer, IsReadAsItWasWritten) {
  for (std::uint16_t value = 1; value <= 7; ++value)
    EXPECT_EQ(decode_answer(encode(static_cast<Result>(value))), static_cast<Result>(value));
}

TEST(Answer, ThatIsNoneOfOursIsRefused) {
  for (const int value : {0, 8, 0x101, 0xffff})
    EXPECT_FALSE(decode_answer(encode(static_cast<Result>(value))));
  for (std::size_t at = 0; at < 6; ++at) {
    AnswerBytes bad = encode(Result::unlocked);
    bad[at] ^= std::byte{1};
    EXPECT_FALSE(decode_answer(bad)) << at;
  }
}

}  // namespace
}  // namespace login
