#include "cli/cargo_credential.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(CargoCredential, RequestsAreReadWithTheirToken) {
  auto request = parse_cargo_request(
      R"({"v":1,"kind":"login","registry":{"index-url":"sparse+https://r/","name":"mine"},)"
      R"("token":"swordfish","login-url":"https://r/me","args":[]})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->kind, "login");
  EXPECT_EQ(request->index_url, "sparse+https://r/");
  EXPECT_EQ(request->name, "mine");
  EXPECT_EQ(request->login_url, "https://r/me");
  ASSERT_TRUE(request->token);
  EXPECT_EQ(request->token->text(), "swordfish");
}

TEST(CargoCredential, WhatNewerCargosAddIsNoError) {
  auto request = parse_cargo_request(
      R"({"v":1,"kind":"juggle","registry":{"index-url":"u","headers":["x"]},"new":{}})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->kind, "juggle");
  EXPECT_FALSE(request->token);
}

TEST(CargoCredential, WhatIsNoRequestIsRefused) {
  for (const char* line :
       {"", "{", "[]", "1", R"({"v":2,"kind":"get","registry":{"index-url":"u"}})",
        R"({"v":1,"kind":"get"})", R"({"v":1,"kind":"get","registry":[]})",
        R"({"v":1,"kind":7,"registry":{"index-url":"u"}})",
        R"({"v":1,"kind":"get","registry":{"index-url":"u\u0000"}})"}) {
    auto request = parse_cargo_request(line);
    ASSERT_FALSE(request) << line;
    EXPECT_EQ(request.error().code, base::Code::invalid);
  }
}

TEST(CargoCredential, FailuresAreNamedAsTheProtocolNamesThem) {
  const auto kind = [](base::Code code) {
    return cargo_failure({code, "words"})["Err"]["kind"].get<std::string>();
  };
  EXPECT_EQ(kind(base::Code::no_such_item), "not-found");
  EXPECT_EQ(kind(base::Code::not_supported), "operation-not-supported");
  EXPECT_EQ(kind(base::Code::locked), "other");
  EXPECT_EQ(cargo_failure({base::Code::locked, "words"})["Err"]["message"], "words");
}

TEST(CargoCredential, ATokenIsAnsweredForTheWholeSession) {
  EXPECT_EQ(cargo_token(Secret(std::string_view("swordfish"))).dump(),
            R"({"Ok":{"kind":"get","token":"swordfish","cache":"session",)"
            R"("operation_independent":true}})");
}

}  // namespace
}  // namespace cli
