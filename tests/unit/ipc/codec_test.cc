#include "ipc/codec.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "ipc/types.h"
#include "ipc/vault_protocol.h"

namespace ipc {
namespace {

struct Small {
  std::uint32_t number = 0;
  bool flag = false;
  Text<8> text;
  Bytes<4> bytes;
  Optional<Text<4>> maybe;
  List<std::uint16_t, 3> list;
  auto operator<=>(const Small&) const = delete;
  static constexpr auto fields = std::tuple{&Small::number, &Small::flag,  &Small::text,
                                            &Small::bytes,  &Small::maybe, &Small::list};
};

base::Bytes bytes(std::initializer_list<int> values) {
  base::Bytes out;
  for (int v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}

TEST(Codec, WritesLittleEndianIntegersAndCountedFields) {
  Small small{0x01020304, true, {"hi"}, {bytes({9})}, {Text<4>{"x"}}, {{7}}};
  EXPECT_EQ(encode(small), bytes({4, 3, 2, 1, 1, 2, 0, 0,   0, 'h', 'i', 1, 0, 0,
                                  0, 9, 1, 1, 0, 0, 0, 'x', 1, 0,   0,   0, 7, 0}));
}

TEST(Codec, ACountAloneMakesNobodyAllocate) {
  using Numbers = List<std::uint64_t, 1'000'000>;
  const auto input = bytes({0x40, 0x42, 0x0f, 0, 1, 0, 0, 0, 0, 0, 0, 0});  // 1,000,000, and one
  Reader reader(input);
  Numbers numbers;
  Codec<Numbers>::read(reader, numbers);
  EXPECT_EQ(reader.violation(), Violation::truncated);
  EXPECT_LE(numbers.items.capacity(), 2U);
}

TEST(Codec, ReadsBackWhatItWrote) {
  const Small small{5, false, {"\xc3\xa9"}, {}, {}, {{1, 2, 3}}};
  const auto again = decode<Small>(encode(small));
  ASSERT_TRUE(again);
  EXPECT_EQ(encode(*again), encode(small));
  EXPECT_EQ(again->list.items.size(), 3u);
  EXPECT_FALSE(again->maybe.value);
}

TEST(Codec, KnowsWhatFits) {
  EXPECT_TRUE(Codec<Text<3>>::fits({"abc"}));
  EXPECT_FALSE(Codec<Text<3>>::fits({"abcd"}));
  EXPECT_FALSE(Codec<Text<3>>::fits({"\xff"}));
  using TwoSmall = List<Text<8>, 2, 12>;
  EXPECT_TRUE(Codec<TwoSmall>::fits({{{"ab"}, {"cd"}}}));
  EXPECT_FALSE(Codec<TwoSmall>::fits({{{"abcdefgh"}, {"abcdefgh"}}}));
  EXPECT_FALSE(Codec<TwoSmall>::fits({{{""}, {""}, {""}}}));
}

template <class T>
std::optional<Violation> violation_of(const base::Bytes& input) {
  Reader reader(input);
  T value{};
  Codec<T>::read(reader, value);
  reader.finish();
  return reader.violation();
}

TEST(Codec, RefusesALengthAboveTheBoundBeforeReadingOn) {
  EXPECT_EQ(violation_of<Text<3>>(bytes({4, 0, 0, 0, 'a', 'b', 'c', 'd'})), Violation::too_long);
  EXPECT_EQ(violation_of<Bytes<3>>(bytes({255, 255, 255, 255})), Violation::too_long);
  using Numbers = List<std::uint16_t, 3>;
  EXPECT_EQ(violation_of<Numbers>(bytes({4, 0, 0, 0})), Violation::too_long);
  using TwoSmall = List<Text<8>, 2, 8>;
  EXPECT_EQ(violation_of<TwoSmall>(encode(Small{}).empty() ? base::Bytes{} : [] {
              base::Bytes b = bytes({2, 0, 0, 0, 2, 0, 0, 0, 'a', 'b', 2, 0, 0, 0, 'c', 'd'});
              return b;
            }()),
            Violation::too_long);
}

TEST(Codec, RefusesValuesThatDoNotExist) {
  EXPECT_EQ(violation_of<bool>(bytes({2})), Violation::bad_value);
  EXPECT_EQ(violation_of<vault::Algorithm>(bytes({0})), Violation::bad_value);
  EXPECT_EQ(violation_of<vault::Algorithm>(bytes({3})), Violation::bad_value);
  EXPECT_EQ(violation_of<Text<3>>(bytes({1, 0, 0, 0, 0})), Violation::bad_value);
}

TEST(Codec, DescriptorsMustBeThereAndNoneLeftOver) {
  Reader none(base::ByteView{});
  Fd fd;
  Codec<Fd>::read(none, fd);
  EXPECT_EQ(none.violation(), Violation::missing_descriptor);

  std::vector<base::UniqueFd> one;
  one.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Reader stray(base::ByteView{}, std::move(one));
  stray.finish();
  EXPECT_EQ(stray.violation(), Violation::stray_descriptor);
}

TEST(Codec, AnAttributeSetHasABoundOnItsWholeSize) {
  Attributes attributes;
  for (int i = 0; i < 3; ++i)
    attributes.items.push_back(
        {{std::string(1, static_cast<char>('a' + i))}, {std::string(30'000, 'v')}});
  EXPECT_FALSE(Codec<Attributes>::fits(attributes));
  attributes.items.pop_back();
  EXPECT_TRUE(Codec<Attributes>::fits(attributes));
}

}  // namespace
}  // namespace ipc
