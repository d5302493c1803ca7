#include "cli/json.h"

#include <gtest/gtest.h>

#include "cli/output.h"

namespace cli {
namespace {

Item item() {
  return {.path = "/org/freedesktop/secrets/collection/login/7",
          .label = "a label",
          .attributes = {{"user", "jo"}},
          .locked = false,
          .created = 1'700'000'000,
          .modified = kUnknownTime};
}

TEST(Json, AnItemHasTheDocumentedShape) {
  EXPECT_EQ(json_of(item()).dump(),
            R"({"path":"/org/freedesktop/secrets/collection/login/7",)"
            R"("collection":"/org/freedesktop/secrets/collection/login","label":"a label",)"
            R"("attributes":{"user":"jo"},"locked":false,"created":"2023-11-14T22:13:20Z",)"
            R"("modified":null})");
}

TEST(Json, ACollectionHasTheDocumentedShape) {
  const Collection login{.path = "/c/login",
                         .label = "Login",
                         .locked = true,
                         .created = 1,
                         .modified = 2,
                         .items = {"/c/login/1", "/c/login/2"}};
  EXPECT_EQ(json_of(login, {"default", "login"}).dump(),
            R"({"path":"/c/login","label":"Login","aliases":["default","login"],"locked":true,)"
            R"("items":2,"created":"1970-01-01T00:00:01Z","modified":"1970-01-01T00:00:02Z"})");
}

TEST(Json, ASecretThatIsTextIsText) {
  Json object = Json::object();
  add_secret(object, base::bytes_of("two\nlines \"quoted\" é"), "text/plain");
  EXPECT_EQ(
      object.dump(),
      R"({"secret":"two\nlines \"quoted\" é","encoding":"utf-8","content_type":"text/plain"})");
}

TEST(Json, ASecretThatIsNotTextIsBase64) {
  for (auto [bytes, encoded] :
       {std::pair<std::string, std::string>{{'\xff', '\0', 'a'}, "/wBh"}, {{'a', '\0'}, "YQA="}}) {
    Json object = Json::object();
    add_secret(object, base::bytes_of(bytes), "application/octet-stream");
    EXPECT_EQ(object["secret"], encoded);
    EXPECT_EQ(object["encoding"], "base64");
  }
}

TEST(Times, AreRelativeForPeople) {
  const std::uint64_t now = 1'700'000'000;
  EXPECT_EQ(relative_time(now - 5, now), "just now");
  EXPECT_EQ(relative_time(now - 60, now), "1 minute ago");
  EXPECT_EQ(relative_time(now - 7'200, now), "2 hours ago");
  EXPECT_EQ(relative_time(now - 3 * 86'400, now), "3 days ago");
  EXPECT_EQ(relative_time(0, now), "unknown");
  EXPECT_EQ(relative_time(now + 100, now), "2023-11-14T22:15:00Z");
}

}  // namespace
}  // namespace cli
