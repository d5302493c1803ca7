#include "frontend/dbus_errors.h"

#include <gtest/gtest.h>

namespace frontend {
namespace {

TEST(DbusErrors, EveryCodeHasAName) {
  for (int code = 1; code <= 18; ++code) {
    const std::string name = name_of(static_cast<base::Code>(code));
    EXPECT_TRUE(dbus_validate_error_name(name.c_str(), nullptr)) << code;
  }
  EXPECT_STREQ(name_of(base::Code::locked), "org.freedesktop.Secret.Error.IsLocked");
  EXPECT_STREQ(name_of(base::Code::no_such_session), "org.freedesktop.Secret.Error.NoSession");
  EXPECT_STREQ(name_of(base::Code::limits_exceeded), "org.freedesktop.DBus.Error.LimitsExceeded");
}

}  // namespace
}  // namespace frontend
