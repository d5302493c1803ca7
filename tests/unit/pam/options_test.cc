#include "pam/options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pam {
namespace {

Options parse(std::vector<const char*> arguments) { return parse_options(arguments); }

TEST(Options, StartNothingAndTakeTwoSecondsUnlessAsked) {
  const Options options = parse({});
  EXPECT_FALSE(options.auto_start || options.debug || options.daemon || options.mistake);
  EXPECT_EQ(options.timeout, 2000);
}

TEST(Options, AreTaken) {
  const Options options = parse({"auto_start", "debug", "use_authtok", "only_if=gdm-password,login",
                                 "skip=sshd", "timeout=150", "daemon=/opt/coffer/bin/cofferd"});
  EXPECT_TRUE(options.auto_start && options.debug);
  EXPECT_EQ(options.only_if, "gdm-password,login");
  EXPECT_EQ(options.skip, "sshd");
  EXPECT_EQ(options.timeout, 150);
  EXPECT_STREQ(options.daemon, "/opt/coffer/bin/cofferd");
  EXPECT_EQ(options.mistake, nullptr);
}

TEST(Options, ThatMakeNoSenseAreNamedAndLeftOut) {
  for (const char* wrong :
       {"", "autostart", "auto_start=1", "timeout=", "timeout=0", "timeout=2001", "timeout=1s",
        "timeout=-1", "timeout=99999999999999999999", "only_if=", "skip", "daemon=cofferd",
        "daemon=", "DEBUG"}) {
    const Options options = parse({wrong, "debug"});
    EXPECT_EQ(options.mistake, wrong);
    EXPECT_TRUE(options.debug) << wrong;
    EXPECT_EQ(options.timeout, kMaxTimeout) << wrong;
    EXPECT_EQ(options.daemon, nullptr) << wrong;
    EXPECT_TRUE(options.only_if.empty()) << wrong;
  }
}

TEST(Options, TheFirstMistakeIsNamed) {
  EXPECT_STREQ(parse({"debug", "one", "two"}).mistake, "one");
}

TEST(Services, OfOtherUsersAndJobsAreLeftOut) {
  for (const char* service :
       {"su", "su-l", "sudo", "sudo-i", "cron", "crond", "atd", "systemd-user", "polkit-1"})
    EXPECT_FALSE(serves(parse({}), service)) << service;
  for (const char* service :
       {"login", "gdm-password", "sddm", "swaylock", "passwd", "s", "sudo2", ""})
    EXPECT_TRUE(serves(parse({}), service)) << service;
}

TEST(Services, AreServedAloneWhenNamed) {
  const Options options = parse({"only_if=login,su,gdm-password"});
  for (const char* service : {"login", "su", "gdm-password"}) EXPECT_TRUE(serves(options, service));
  for (const char* service : {"", "gdm", "log", "login,su", "sudo"})
    EXPECT_FALSE(serves(options, service)) << service;
}

TEST(Services, AreSkippedInAnyCase) {
  const Options options = parse({"only_if=login,sshd", "skip=,sshd,,kde,"});
  EXPECT_TRUE(serves(options, "login"));
  EXPECT_FALSE(serves(options, "sshd"));
  EXPECT_FALSE(serves(parse({"skip=kde"}), "su"));
  EXPECT_TRUE(serves(parse({"skip=kde"}), "login"));
}

}  // namespace
}  // namespace pam
