#include "backup/content.h"

#include <gtest/gtest.h>

namespace backup {
namespace {

using transfer::Backup;

transfer::Record record(std::string label, base::Bytes secret) {
  transfer::Record made;
  made.label.value = std::move(label);
  made.attributes.items = {{{"server"}, {"mail.example"}}, {{"xdg:schema"}, {"org.example"}}};
  made.created = 1;
  made.modified = 2;
  made.content_type.value = "application/octet-stream";
  made.secret.value = std::move(secret);
  return made;
}

Backup a_backup() {
  Backup held;
  held.created = 1'700'000'000;
  held.collections.resize(2);
  held.collections[0].start.format = formats::Format::coffer_backup;
  held.collections[0].start.label.value = "Caf\u00e9";
  held.collections[0].start.created = 3;
  held.collections[0].start.modified = 4;
  held.collections[0].records = {record("one", base::copy_of(base::bytes_of("swordfish"))),
                                 record("", {}), record("two", base::Bytes(70'000, std::byte{0}))};
  held.collections[1].start.format = formats::Format::coffer_backup;
  held.aliases = {{0, {"default"}}, {0, {"login"}}};
  held.keyrings = {{{"org.example.App"}, {base::copy_of(base::bytes_of("a file"))}}};
  return held;
}

TEST(Content, EverythingComesBackAsItWas) {
  const Backup held = a_backup();
  const auto read = decode(*encode(held));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->created, held.created);
  EXPECT_EQ(*encode(*read), *encode(held));
  ASSERT_EQ(read->collections.size(), 2u);
  const transfer::Document& first = read->collections[0];
  EXPECT_EQ(first.start.label.value, "Caf\u00e9");
  EXPECT_EQ(first.start.created, 3u);
  EXPECT_EQ(first.start.modified, 4u);
  ASSERT_EQ(first.records.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const transfer::Record &one = first.records[i], &other = held.collections[0].records[i];
    EXPECT_EQ(one.label, other.label);
    EXPECT_EQ(one.secret, other.secret);
    EXPECT_EQ(one.content_type, other.content_type);
    EXPECT_EQ(one.created, other.created);
    EXPECT_EQ(one.modified, other.modified);
    ASSERT_EQ(one.attributes.items.size(), 2u);
    EXPECT_EQ(one.attributes.items[0].name.value, "server");
    EXPECT_EQ(one.attributes.items[1].value.value, "org.example");
  }
  ASSERT_EQ(read->aliases.size(), 2u);
  EXPECT_EQ(read->aliases[1].name.value, "login");
  ASSERT_EQ(read->keyrings.size(), 1u);
  EXPECT_EQ(base::text_of(read->keyrings[0].file.value), "a file");
}

TEST(Content, CutAtEveryLengthItIsRefused) {
  Backup held = a_backup();
  held.collections[0].records.pop_back();
  const base::Bytes content = *encode(held);
  for (std::size_t size = 0; size < content.size(); ++size)
    EXPECT_FALSE(decode(base::ByteView(content).first(size))) << size;
}

TEST(Content, WhatFollowsItIsRefused) {
  base::Bytes content = *encode(a_backup());
  content.push_back(std::byte{0});
  EXPECT_FALSE(decode(content));
}

TEST(Content, AnAliasOfNoCollectionIsRefused) {
  Backup held = a_backup();
  held.aliases[0].collection = 2;
  EXPECT_FALSE(encode(held));
}

TEST(Content, AttributesThatAreThereTwiceAreRefused) {
  Backup held = a_backup();
  held.collections[0].records[0].attributes.items[1].name.value = "server";
  EXPECT_FALSE(encode(held));
}

TEST(Content, WhatIsLargerThanTheBoundsIsRefused) {
  Backup held = a_backup();
  held.keyrings[0].application.value = std::string(256, 'a');
  EXPECT_EQ(encode(held).error().code, base::Code::limits_exceeded);
  held = a_backup();
  held.collections[0].records[0].label.value = "\xff";
  EXPECT_FALSE(encode(held));
}

TEST(Content, HugeCountsAllocateNothing) {
  base::Bytes content(12, std::byte{0xff});
  EXPECT_FALSE(decode(content));
}

}  // namespace
}  // namespace backup
