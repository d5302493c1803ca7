#include "dbus/message.h"

#include <gtest/gtest.h>

namespace dbus {
namespace {

Message empty_call() { return Message(dbus_message_new_method_call("a.b", "/", "a.b", "c")); }

TEST(Messages, ReadBackWhatWasWritten) {
  Message message = empty_call();
  Writer(message)
      .text("é")
      .path("/x")
      .boolean(true)
      .paths({"/a", "/b"})
      .string_map({{"k", "v"}, {"l", ""}})
      .number(1ull << 40)
      .number32(7)
      .texts({"a", "é"});
  Reader reader(message);
  EXPECT_EQ(reader.text(), "é");
  EXPECT_EQ(reader.path(), "/x");
  EXPECT_TRUE(reader.boolean());
  EXPECT_EQ(reader.paths(), (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(reader.string_map(), (StringMap{{"k", "v"}, {"l", ""}}));
  EXPECT_EQ(reader.number(), 1ull << 40);
  EXPECT_EQ(reader.number32(), 7u);
  EXPECT_EQ(reader.texts(), (std::vector<std::string>{"a", "é"}));
  EXPECT_TRUE(reader.ok());
}

TEST(Messages, CarrySecrets) {
  Message message = empty_call();
  const base::Bytes value{std::byte{0}, std::byte{255}};
  Writer(message).secret("/s", {}, value, "text/plain");
  Reader reader(message);
  const BusSecret secret = reader.secret();
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(secret.session, "/s");
  EXPECT_TRUE(secret.parameters.empty());
  EXPECT_EQ(secret.value, value);
  EXPECT_EQ(secret.content_type, "text/plain");
}

TEST(Messages, AWrongTypeFailsThatReadAndAllAfterIt) {
  Message message = empty_call();
  Writer(message).text("a").text("b");
  Reader reader(message);
  EXPECT_EQ(reader.path(), "");
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.ok());
}

TEST(Messages, NothingIsReadPastTheEnd) {
  Message message = empty_call();
  Reader reader(message);
  EXPECT_EQ(reader.text(), "");
  EXPECT_TRUE(reader.string_map().empty());
  EXPECT_TRUE(reader.secret().value.empty());
  EXPECT_FALSE(reader.ok());
}

TEST(Messages, AnArrayOfAnotherElementTypeIsRefused) {
  Message message = empty_call();
  Writer(message).texts({"a", "b"});
  EXPECT_TRUE(Reader(message).byte_array().empty());
  Reader paths(message);
  paths.paths();
  EXPECT_FALSE(paths.ok());
  Reader map(message);
  map.string_map();
  EXPECT_FALSE(map.ok());
}

TEST(Messages, AVariantOfTheWrongTypeIsSeenByItsSignature) {
  Message message = empty_call();
  Writer(message).variant("s", [](Writer& value) { value.text("x"); });
  Reader reader(message);
  std::string seen;
  reader.variant([&](Reader&, std::string_view signature) { seen = signature; });
  EXPECT_EQ(seen, "s");
}

}  // namespace
}  // namespace dbus
