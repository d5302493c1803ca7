#include "frontend/portal_names.h"

#include <gtest/gtest.h>

namespace frontend::portal_names {
namespace {

TEST(PortalNames, TheRequesterIsInTheHandle) {
  EXPECT_EQ(requester_of("/org/freedesktop/portal/desktop/request/1_45/token"), ":1.45");
  EXPECT_EQ(requester_of("/org/freedesktop/portal/desktop/request/1_45/a/b"), ":1.45");
  for (const char* handle : {"", "/", "/org/freedesktop/portal/desktop/request/1_45",
                             "/org/freedesktop/portal/desktop/request//token",
                             "/org/freedesktop/portal/desktop/request/org_example/token",
                             "/org/freedesktop/portal/desktop/session/1_45/token"})
    EXPECT_EQ(requester_of(handle), "") << handle;
}

TEST(PortalNames, AHostProgramsIdIsNoApplications) {
  EXPECT_TRUE(is_application_id("org.example.One"));
  EXPECT_TRUE(is_application_id("snap.some-thing_2"));
  EXPECT_TRUE(is_application_id(std::string(255, 'x')));
  for (const std::string& id : {std::string(), host_id("program"), std::string("a b"),
                                std::string("a\nb"), std::string("\xff"), std::string(256, 'x')})
    EXPECT_FALSE(is_application_id(id)) << id;
}

}  // namespace
}  // namespace frontend::portal_names
