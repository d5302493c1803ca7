#include "vault/login_request.h"

#include <gtest/gtest.h>

namespace vault {
namespace {

using login::Operation;
using login::Result;
constexpr auto kForeign = LoginProtocol::gnome_keyring;

base::Bytes bytes(const std::string& text) { return base::copy_of(base::bytes_of(text)); }

std::string string_of(const std::string& text) {
  return std::string("\0\0\0", 3) + static_cast<char>(text.size()) + text;
}

// A request as pam_gnome_keyring sends it.
base::Bytes foreign(char operation, const std::string& arguments) {
  const auto size = static_cast<char>(8 + arguments.size());
  return bytes(std::string("\0\0\0\0", 4) + size + std::string("\0\0\0", 3) + operation +
               arguments);
}

TEST(ForeignLogin, UnlockCreatesToo) {
  const auto request = foreign(1, string_of("secret"));
  EXPECT_EQ(size_of_request(kForeign, request), request.size());
  const auto read = decode_request(kForeign, request);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->operation, Operation::unlock_or_create);
  EXPECT_EQ(base::text_of(read->password), "secret");
}

TEST(ForeignLogin, ChangeHasTwoPasswords) {
  const auto request = foreign(2, string_of("old") + string_of("new one"));
  const auto read = decode_request(kForeign, request);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->operation, Operation::change);
  EXPECT_EQ(base::text_of(read->password), "old");
  EXPECT_EQ(base::text_of(read->new_password), "new one");
}

TEST(ForeignLogin, AsksForMoreUntilTheSizeIsKnown) {
  const auto request = foreign(1, string_of("secret"));
  for (std::size_t size = 0; size < request.size(); ++size) {
    const auto wanted = size_of_request(kForeign, base::ByteView(request).first(size));
    ASSERT_TRUE(wanted);
    EXPECT_GT(*wanted, size);
    EXPECT_LE(*wanted, request.size());
    EXPECT_FALSE(decode_request(kForeign, base::ByteView(request).first(size)));
  }
}

TEST(ForeignLogin, RefusesWhatIsNone) {
  EXPECT_FALSE(decode_request(kForeign, foreign(1, "")));
  EXPECT_FALSE(decode_request(kForeign, foreign(1, string_of(""))));
  EXPECT_FALSE(decode_request(kForeign, foreign(1, string_of("one") + string_of("two"))));
  EXPECT_FALSE(decode_request(kForeign, foreign(2, string_of("one"))));
  EXPECT_FALSE(decode_request(kForeign, foreign(0, string_of("one"))));
  EXPECT_FALSE(decode_request(kForeign, foreign(3, "")));
  EXPECT_FALSE(decode_request(kForeign, foreign(1, string_of("one") + "x")));
  EXPECT_FALSE(size_of_request(kForeign, bytes("x")));
  EXPECT_FALSE(size_of_request(kForeign, bytes(std::string("\0\x7f\0\0\0", 5))));
  EXPECT_FALSE(size_of_request(kForeign, bytes(std::string("\0\0\0\0\x07", 5))));
}

TEST(ForeignLogin, AnswersOkDeniedOrFailed) {
  const auto word = [](Result result) {
    const auto answer = encode_answer(kForeign, result);
    EXPECT_EQ(answer.size(), 8U);
    EXPECT_EQ(answer[3], std::byte{8});
    return std::to_integer<int>(answer[7]);
  };
  EXPECT_EQ(word(Result::unlocked), 0);
  EXPECT_EQ(word(Result::created), 0);
  EXPECT_EQ(word(Result::changed), 0);
  EXPECT_EQ(word(Result::wrong_password), 1);
  EXPECT_EQ(word(Result::no_collection), 2);
  EXPECT_EQ(word(Result::busy), 2);
  EXPECT_EQ(word(Result::failed), 2);
}

TEST(OwnLogin, SizeFollowsTheHeader) {
  const auto header = login::encode(login::RequestHeader{Operation::change, 3, 5});
  base::Bytes request(header.begin(), header.end());
  EXPECT_EQ(size_of_request(LoginProtocol::own, base::ByteView(request).first(4)), 16U);
  EXPECT_EQ(size_of_request(LoginProtocol::own, request), 24U);
  request[0] = std::byte{0};
  EXPECT_FALSE(size_of_request(LoginProtocol::own, request));
}

}  // namespace
}  // namespace vault
