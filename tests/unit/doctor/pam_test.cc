// Where pam_coffer stands in made-up files of PAM.
#include "cli/doctor/pam_stack.h"
#include "tests/unit/doctor/tree.h"

namespace cli {
namespace {

constexpr const char* kCommonAuth =
    "auth [success=2 default=ignore] pam_unix.so nullok\n"
    "auth [success=1 default=ignore] pam_sss.so use_first_pass\n"
    "auth requisite pam_deny.so\n"
    "auth required pam_permit.so\n"
    "auth optional pam_coffer.so\n";
constexpr const char* kCommonSession =
    "session required pam_unix.so\nsession optional pam_systemd.so\n"
    "session optional pam_coffer.so auto_start\n";

class Pam : public TreeTest {
 protected:
  Pam() {
    write("/etc/pam.d/common-auth", kCommonAuth);
    write("/etc/pam.d/common-session", kCommonSession);
    write("/etc/pam.d/gdm-password",
          "#%PAM-1.0\nauth requisite pam_nologin.so\n@include common-auth\n@include "
          "common-session\n");
  }
  Finding only() {
    const Findings found = check_pam(machine_);
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? Finding{} : found[0];
  }
};

TEST_F(Pam, IsGoodAsTheDebianPackageSetsItUp) { expect(only(), State::good, "gdm-password"); }

TEST_F(Pam, NobodyLogsInWhereThereIsNoDisplayManager) {
  remove("/etc/pam.d/gdm-password");
  EXPECT_TRUE(check_pam(machine_).empty());
}

TEST_F(Pam, AMissingLineIsNamedWithItsFile) {
  write("/etc/pam.d/common-auth", "auth [success=1 default=ignore] pam_unix.so\n");
  expect(only(), State::warning, "/etc/pam.d/gdm-password: no auth line");
  write("/usr/share/pam-configs/coffer", "");
  expect(only(), State::warning, "pam-auth-update --enable coffer");
}

TEST_F(Pam, ALineThatIsCommentedOutIsMissing) {
  write("/etc/pam.d/common-auth", "auth required pam_unix.so\n#auth optional pam_coffer.so\n");
  expect(only(), State::warning, "no auth line");
}

TEST_F(Pam, AMissingSessionLineIsNamed) {
  write("/etc/pam.d/common-session", "session required pam_unix.so\n");
  expect(only(), State::warning, "no session line");
}

TEST_F(Pam, BeforeTheVerifierIsTheWrongPlace) {
  write("/etc/pam.d/common-auth", "auth optional pam_coffer.so\nauth required pam_unix.so\n");
  expect(only(), State::warning, "before pam_unix");
}

TEST_F(Pam, ASufficientVerifierJumpsOverIt) {
  write("/etc/pam.d/common-auth", "auth sufficient pam_unix.so\nauth optional pam_coffer.so\n");
  expect(only(), State::warning, "jumps over");
}

TEST_F(Pam, AJumpThatEndsBehindItIsFound) {
  write("/etc/pam.d/common-auth",
        "auth [success=2 default=ignore] pam_unix.so\nauth requisite pam_deny.so\n"
        "auth optional pam_coffer.so\nauth required pam_permit.so\n");
  expect(only(), State::warning, "jumps over");
}

// "sufficient" ends a substack, and what includes it goes on.
TEST_F(Pam, ASubstackEndsForItself) {
  write("/etc/pam.d/password-auth", "auth sufficient pam_unix.so\nauth required pam_deny.so\n");
  write(
      "/etc/pam.d/gdm-password",
      "auth substack password-auth\nauth optional pam_coffer.so\nsession include common-session\n");
  expect(only(), State::good);
  write(
      "/etc/pam.d/gdm-password",
      "auth include password-auth\nauth optional pam_coffer.so\nsession include common-session\n");
  expect(only(), State::warning, "jumps over");
}

TEST_F(Pam, BeforeTheRuntimeFolderIsMadeIsTheWrongPlace) {
  write("/etc/pam.d/common-session",
        "session optional pam_coffer.so auto_start\nsession optional pam_systemd.so\n");
  expect(only(), State::warning, "before pam_systemd");
}

TEST_F(Pam, TheModulesOfOthersAreNamed) {
  for (const std::string other : {"pam_gnome_keyring", "pam_kwallet5"}) {
    write("/etc/pam.d/gdm-password",
          "@include common-auth\n-auth optional " + other + ".so\n@include common-session\n");
    expect(only(), State::warning, other);
  }
}

TEST_F(Pam, EachServiceIsLookedAt) {
  write("/etc/pam.d/sddm", "auth required pam_unix.so\n");
  write("/usr/lib/pam.d/greetd", "@include common-auth\n@include common-session\n");
  const Findings found = check_pam(machine_);
  ASSERT_EQ(found.size(), 2u);
  expect(found[0], State::warning, "sddm");
  expect(found[1], State::good, "gdm-password, greetd");
}

TEST_F(Pam, FilesThatIncludeEachOtherEnd) {
  write("/etc/pam.d/login", "@include a\n@include a\n");
  write("/etc/pam.d/a", "@include login\nauth required pam_unix.so\n@include a\n");
  EXPECT_LE(pam_stack(machine_, "login", "auth").size(), 512u);
  write("/etc/pam.d/login", "auth include ../../secret\nauth [success\nauth\n@include\n\\\n");
  EXPECT_TRUE(pam_stack(machine_, "login", "auth").empty());
}

TEST_F(Pam, PathsAndContinuedLinesAreUnderstood) {
  write("/etc/pam.d/common-auth",
        "auth required \\\n pam_unix.so\nauth optional /usr/local/lib/security/pam_coffer.so\n");
  expect(only(), State::good);
}

}  // namespace
}  // namespace cli
