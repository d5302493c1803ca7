#include "cli/docker_credential.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(DockerCredential, BecomesTheAttributesOfDockersOwnHelper) {
  auto credential = parse_docker_credential(
      R"({"ServerURL":"https://r.example/v1/","Username":"jo","Secret":"swordfish"})");
  ASSERT_TRUE(credential);
  EXPECT_EQ(credential->secret.text(), "swordfish");
  EXPECT_EQ(docker_attributes(*credential), (Attributes{{"xdg:schema", "io.docker.Credentials"},
                                                        {"label", "Docker Credentials"},
                                                        {"docker_cli", "1"},
                                                        {"server", "https://r.example/v1/"},
                                                        {"username", "jo"}}));
}

TEST(DockerCredential, WhatIsMissingIsNamedInTheProtocolsWords) {
  const auto error = [](const char* text) {
    auto credential = parse_docker_credential(text);
    return credential ? std::string() : credential.error().what;
  };
  EXPECT_EQ(error(R"({"Username":"jo","Secret":"s"})"), "no credentials server URL");
  EXPECT_EQ(error(R"({"ServerURL":"u","Secret":"s"})"), "no credentials username");
  EXPECT_EQ(error("not json"), "the credentials are not JSON");
  EXPECT_EQ(error("[]"), "the credentials are not JSON");
  EXPECT_EQ(docker_message({base::Code::no_such_item, "words"}),
            "credentials not found in native keychain");
}

TEST(DockerCredential, AServerIsTakenWithoutTheSpaceAroundIt) {
  auto server = parse_docker_server(" https://r.example \n");
  ASSERT_TRUE(server);
  EXPECT_EQ(*server, "https://r.example");
  EXPECT_FALSE(parse_docker_server(" \n"));
  EXPECT_FALSE(parse_docker_server("\xff"));
}

}  // namespace
}  // namespace cli
