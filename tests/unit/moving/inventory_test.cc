#include "cli/moving/inventory.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

MovedItem item(std::string label, std::string_view secret,
               Attributes attributes = {{"user", "jo"}}) {
  return {std::move(label), std::move(attributes), {Secret(secret), "text/plain"}};
}

TEST(Inventory, TellsFreshDuplicateAndConflictApart) {
  Inventory inventory;
  EXPECT_EQ(inventory.take(item("one", "first")), Verdict::fresh);
  EXPECT_EQ(inventory.take(item("one", "first")), Verdict::duplicate);
  EXPECT_EQ(inventory.take(item("one", "second")), Verdict::conflict);
  EXPECT_EQ(inventory.take(item("one", "first", {{"user", "ann"}})), Verdict::fresh);
  EXPECT_EQ(inventory.take(item("one", "first", {{"user", "jo"}, {"host", "a"}})), Verdict::fresh);
}

TEST(Inventory, WhatIsThereIsADuplicateWhateverItsLabel) {
  Inventory inventory;
  inventory.add({{"user", "jo"}}, "mine", base::bytes_of("first"));
  EXPECT_EQ(inventory.take(item("theirs", "first")), Verdict::duplicate);
}

TEST(Inventory, ItemsOfOneSourceThatDifferInTheirLabelsAreTwo) {
  Inventory inventory;
  EXPECT_EQ(inventory.take(item("router", "first", {})), Verdict::fresh);
  EXPECT_EQ(inventory.take(item("printer", "first", {})), Verdict::conflict);
  inventory.begin_source();  // the same source again
  EXPECT_EQ(inventory.take(item("router", "first", {})), Verdict::duplicate);
  EXPECT_EQ(inventory.take(item("printer", "first", {})), Verdict::duplicate);
  EXPECT_EQ(inventory.take(item("camera", "first", {})), Verdict::conflict);
}

TEST(Inventory, TheGenericSchemaDoesNotCount) {
  Inventory inventory;
  inventory.add({{"user", "jo"}, {"xdg:schema", "org.freedesktop.Secret.Generic"}}, "one",
                base::bytes_of("first"));
  EXPECT_EQ(inventory.take(item("one", "first")), Verdict::duplicate);
  EXPECT_EQ(inventory.take(item("one", "first", {{"user", "jo"}, {"xdg:schema", "org.own"}})),
            Verdict::fresh);
}

// The same bytes under the same attributes are one secret, whatever they are called.
TEST(Inventory, AContentTypeDoesNotMakeAnotherItem) {
  Inventory inventory;
  inventory.add({{"user", "jo"}}, "one", base::bytes_of("first"));
  for (const char* type : {"text/plain; charset=utf8", "TEXT/PLAIN", "application/octet-stream"}) {
    MovedItem again = item("one", "first");
    again.secret.content_type = type;
    EXPECT_EQ(inventory.take(again), Verdict::duplicate) << type;
  }
  // Nor does the attribute in which oo7 shows it.
  EXPECT_EQ(inventory.take(item("one", "first", {{"user", "jo"}, {"xdg:content-type", "x/y"}})),
            Verdict::duplicate);
}

TEST(Inventory, GivesOutEachUnreadItemOnce) {
  Inventory inventory;
  inventory.add_unread({{"user", "jo"}}, {"one", "/1"});
  EXPECT_TRUE(inventory.take_unread({{"user", "ann"}}).empty());
  ASSERT_EQ(inventory.take_unread({{"user", "jo"}}).size(), 1u);
  EXPECT_TRUE(inventory.take_unread({{"user", "jo"}}).empty());
  // It still is something with these attributes.
  EXPECT_EQ(inventory.take(item("one", "first")), Verdict::conflict);
}

}  // namespace
}  // namespace cli
