#include "cli/git_credential.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

GitCredential parsed(std::string_view text) {
  auto credential = parse_git_credential(text);
  EXPECT_TRUE(credential) << text;
  return credential ? *std::move(credential) : GitCredential{};
}

TEST(GitCredential, BecomesTheAttributesOfGitsOwnHelper) {
  const GitCredential credential = parsed(
      "capability[]=authtype\nprotocol=https\nhost=example.com:8443\npath=a/b.git\nusername=jo\n"
      "password=swordfish\nwwwauth[]=Basic realm=\"x\"\n\nprotocol=ignored\n");
  EXPECT_EQ(git_attributes(credential), (Attributes{{"protocol", "https"},
                                                    {"server", "example.com"},
                                                    {"port", "8443"},
                                                    {"object", "a/b.git"},
                                                    {"user", "jo"}}));
  EXPECT_EQ(git_label(credential), "Git: https://example.com:8443/a/b.git");
  EXPECT_EQ(git_label(parsed("protocol=https\nhost=example.com\n")), "Git: https://example.com/");
}

TEST(GitCredential, AnAddressOfManyColonsIsNoPort) {
  EXPECT_EQ(parsed("host=[::1]").host, "[::1]");
  EXPECT_EQ(parsed("host=[::1]:80").port, "80");
  EXPECT_EQ(parsed("host=::1").host, "::1");
}

TEST(GitCredential, KeepsWhatIsNoAttributeBelowThePassword) {
  const GitCredential credential =
      parsed("password=a=b\npassword_expiry_utc=1684189401\noauth_refresh_token=xyzzy\n");
  const Secret secret = git_secret(credential);
  EXPECT_EQ(secret.text(), "a=b\npassword_expiry_utc=1684189401\noauth_refresh_token=xyzzy");
  GitCredential read;
  read.username = "jo";
  add_git_secret(read, secret);
  auto answer = git_answer(read);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text(),
            "username=jo\npassword=a=b\npassword_expiry_utc=1684189401\n"
            "oauth_refresh_token=xyzzy\n");
}

TEST(GitCredential, AnotherProgramsItemCannotSlipLinesIn) {
  GitCredential credential;
  credential.username = "jo\nhost=evil.example";
  EXPECT_FALSE(git_answer(credential));
}

TEST(GitCredential, LinesThatAreNoneAreRefusedWithoutShowingThem) {
  auto broken = parse_git_credential("password");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, base::Code::invalid);
  EXPECT_FALSE(parse_git_credential("host=\xff"));
}

}  // namespace
}  // namespace cli
