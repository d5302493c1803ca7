#include <gtest/gtest.h>

#include "cli/bus.h"
#include "cli/exit_code.h"
#include "cli/password_pipe.h"

namespace cli {
namespace {

Exit exit_for_answer(const char* name) { return exit_for(error_from(name, "words").code); }

TEST(Errors, EachEndsWithItsExitCode) {
  EXPECT_EQ(exit_for_answer("org.freedesktop.Secret.Error.IsLocked"), Exit::locked);
  EXPECT_EQ(exit_for_answer("org.gnome.keyring.Error.Denied"), Exit::locked);
  EXPECT_EQ(exit_for_answer("org.freedesktop.Secret.Error.NoSuchObject"), Exit::not_found);
  EXPECT_EQ(exit_for_answer("org.freedesktop.DBus.Error.UnknownMethod"), Exit::not_found);
  EXPECT_EQ(exit_for_answer("org.freedesktop.DBus.Error.UnknownObject"), Exit::not_found);
  EXPECT_EQ(exit_for_answer("org.freedesktop.DBus.Error.ServiceUnknown"), Exit::no_service);
  EXPECT_EQ(exit_for_answer("org.freedesktop.DBus.Error.NoReply"), Exit::no_service);
  EXPECT_EQ(exit_for_answer("org.freedesktop.DBus.Error.Spawn.ExecFailed"), Exit::no_service);
  EXPECT_EQ(exit_for_answer("org.freedesktop.DBus.Error.Failed"), Exit::failed);
  EXPECT_EQ(exit_for(base::Code::invalid), Exit::usage);
}

TEST(Errors, SayWhatToDo) {
  for (const auto& [name, next] : {
           std::pair{"org.freedesktop.Secret.Error.IsLocked", "coffer unlock"},
           std::pair{"org.freedesktop.Secret.Error.NoSession", "try again"},
           std::pair{"org.freedesktop.DBus.Error.ServiceUnknown", "start cofferd"},
           std::pair{"org.freedesktop.DBus.Error.LimitsExceeded", "try again"},
       })
    EXPECT_NE(error_from(name, "words").what.find(next), std::string::npos) << name;
}

TEST(Errors, OfAPasswordThatIsTooLongForItsPipe) {
  EXPECT_TRUE(pipe_with(Secret(std::string(4096, 'x'))));
  const auto refused = pipe_with(Secret(std::string(4097, 'x')));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("choose a shorter one"), std::string::npos);
}

TEST(Errors, OnlyNotSupportedLetsSecretsTravelUnencrypted) {
  EXPECT_EQ(error_from("org.freedesktop.DBus.Error.NotSupported", "").code,
            base::Code::not_supported);
  for (const char* name :
       {"org.freedesktop.DBus.Error.Failed", "org.freedesktop.DBus.Error.NoReply",
        "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.DBus.Error.UnknownMethod"})
    EXPECT_NE(error_from(name, "").code, base::Code::not_supported) << name;
}

}  // namespace
}  // namespace cli
