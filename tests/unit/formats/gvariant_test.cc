#include "formats/gvariant.h"

#include <gtest/gtest.h>

namespace formats::gvariant {
namespace {

using base::bytes_of;

std::string_view text_of_member(const Member& member) { return base::text_of(member.value); }

// The examples are those of GLib's GVariant specification.
TEST(GVariant, WritesTheSpecificationsExamples) {
  const SecretBuffer foo_and_number = write_tuple({string_member("foo"), u32_member(0xffffffff)});
  EXPECT_EQ(base::text_of(foo_and_number), std::string_view("foo\0\xff\xff\xff\xff\x04", 9));
  const auto elements = {"i", "can", "has", "strings?"};
  std::vector<SecretBuffer> strings;
  for (const char* element : elements) strings.push_back(string_member(element).value);
  EXPECT_EQ(base::text_of(write_array(strings)),
            std::string_view("i\0can\0has\0strings?\0\x02\x06\x0a\x13", 23));
}

TEST(GVariant, ReadsBackArraysAroundEachWidthOfOffsets) {
  for (const std::size_t size :
       {0u, 1u, 252u, 253u, 254u, 255u, 65531u, 65532u, 65533u, 65534u, 70000u}) {
    const std::vector<SecretBuffer> elements = {SecretBuffer(size, std::byte{7}), SecretBuffer()};
    const SecretBuffer array = write_array(elements);
    const auto parts = read_array(array);
    ASSERT_TRUE(parts) << size;
    ASSERT_EQ(parts->size(), 2u);
    EXPECT_EQ((*parts)[0].size(), size);
    EXPECT_EQ((*parts)[1].size(), 0u);

    const SecretBuffer tuple = write_tuple(
        {bytes_member(elements[0]), u64_member(5), u32_member(6), bytes_member(elements[0])});
    const auto members = read_tuple(tuple, {bytes_layout, u64_layout, u32_layout, bytes_layout});
    ASSERT_TRUE(members) << size;
    EXPECT_EQ((*members)[0].size(), size);
    EXPECT_EQ(read_number((*members)[1]), 5u);
    EXPECT_EQ(read_number((*members)[2]), 6u);
    EXPECT_EQ((*members)[3].size(), size);
  }
}

TEST(GVariant, RefusesOffsetsThatPointBackwardsOrOutside) {
  EXPECT_FALSE(read_array(bytes_of({"ab\x02\x01", 4})));  // backwards
  EXPECT_FALSE(read_array(bytes_of({"ab\x05", 3})));      // outside
  EXPECT_FALSE(read_array(bytes_of({"ab\x03", 3})));      // into nothing
  EXPECT_FALSE(read_tuple(bytes_of({"a\x09", 2}), {bytes_layout, bytes_layout}));
  EXPECT_FALSE(read_tuple(bytes_of(""), {bytes_layout, bytes_layout}));
  EXPECT_FALSE(read_tuple(bytes_of("abc"), {u32_layout, bytes_layout}));
  EXPECT_FALSE(
      read_tuple(bytes_of({"a\1\0\0\2\0\0\0\1", 9}), {bytes_layout, u32_layout}));  // padding
}

TEST(GVariant, StringsEndWithTheirOnlyNul) {
  EXPECT_EQ(read_string(bytes_of({"a\0", 2})), "a");
  EXPECT_FALSE(read_string(bytes_of("a")));
  EXPECT_FALSE(read_string(bytes_of("")));
  EXPECT_FALSE(read_string(bytes_of({"a\0b\0", 4})));
  EXPECT_EQ(text_of_member(string_member("")), std::string_view("\0", 1));
}

}  // namespace
}  // namespace formats::gvariant
