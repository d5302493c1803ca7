#include "frontend/paths.h"

#include <gtest/gtest.h>

namespace frontend {
namespace {

TEST(Paths, NamesAreEscapedAsGnomeKeyringDoes) {
  EXPECT_EQ(escape("login"), "login");
  EXPECT_EQ(escape("My_Test__keyring_\xc3\xa9"), "My_5fTest_5f_5fkeyring_5f_c3_a9");
  EXPECT_EQ(unescape("My_5fTest_5f_5fkeyring_5f_c3_a9"), "My_Test__keyring_\xc3\xa9");
}

TEST(Paths, EveryByteRoundTrips) {
  std::string all;
  for (int i = 1; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(unescape(escape(all)), all);
}

TEST(Paths, OneNameHasOnePath) {
  EXPECT_EQ(unescape("_61"), std::nullopt);  // "a" is written as itself
  EXPECT_EQ(unescape("_5F"), std::nullopt);  // lower case only
  EXPECT_EQ(unescape("_5"), std::nullopt);
  EXPECT_EQ(unescape("a_"), std::nullopt);
  EXPECT_EQ(unescape(""), std::nullopt);
}

TEST(Paths, AreParsedIntoWhatTheyStandFor) {
  EXPECT_EQ(parse_path("/org/freedesktop/secrets"), Path(ServicePath{}));
  EXPECT_EQ(parse_path("/org/freedesktop/secrets/collection/login"),
            Path(CollectionPath{"login", false}));
  EXPECT_EQ(parse_path("/org/freedesktop/secrets/aliases/default"),
            Path(CollectionPath{"default", true}));
  EXPECT_EQ(parse_path("/org/freedesktop/secrets/collection/login/12"),
            Path(ItemPath{{"login", false}, 12}));
  EXPECT_EQ(parse_path("/org/freedesktop/secrets/session/s3"), Path(SessionPath{3}));
  EXPECT_EQ(parse_path("/org/freedesktop/secrets/prompt/p4"), Path(PromptPath{4}));
  EXPECT_EQ(parse_path("/"), Path(ParentPath{"org"}));
  EXPECT_EQ(parse_path("/org/freedesktop"), Path(ParentPath{"secrets"}));
}

TEST(Paths, WhatIsWrittenIsReadBack) {
  EXPECT_EQ(parse_path(collection_path("x y")), Path(CollectionPath{"x y", false}));
  EXPECT_EQ(parse_path(item_path("x y", 7)), Path(ItemPath{{"x y", false}, 7}));
  EXPECT_EQ(parse_path(session_path(8)), Path(SessionPath{8}));
  EXPECT_EQ(parse_path(prompt_path(9)), Path(PromptPath{9}));
}

TEST(Paths, EverythingElseIsUnknown) {
  for (const char* path :
       {"", "/or", "/org/", "/org/freedesktop/secret", "/org/freedesktop/secrets/",
        "/org/freedesktop/secrets/collection", "/org/freedesktop/secrets/collection/",
        "/org/freedesktop/secrets/collection/a/", "/org/freedesktop/secrets/collection/a/01",
        "/org/freedesktop/secrets/collection/a/-1", "/org/freedesktop/secrets/collection/a/1/2",
        "/org/freedesktop/secrets/collection/a/99999999999999999999",
        "/org/freedesktop/secrets/session/p1", "/org/freedesktop/secrets/session/s",
        "/org/freedesktop/secrets/session/s0", "/org/freedesktop/secrets/other/a"})
    EXPECT_EQ(parse_path(path), Path(UnknownPath{})) << path;
}

}  // namespace
}  // namespace frontend
