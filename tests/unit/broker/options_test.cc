#include "broker/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace broker {
namespace {

base::Result<Options, int> parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "cofferd");
  std::vector<char*> argv;
  for (std::string& each : arguments) argv.push_back(each.data());
  argv.push_back(nullptr);
  return parse_options(static_cast<int>(arguments.size()), argv.data());
}

TEST(Options, AreAllOff) {
  auto options = parse({});
  ASSERT_TRUE(options);
  EXPECT_FALSE(options->login || options->replace || options->config || options->data_dir);
}

TEST(Options, AreTakenInEitherSpelling) {
  auto options = parse({"--login", "--replace", "--config=/a/b", "--data-dir", "/c"});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->login);
  EXPECT_TRUE(options->replace);
  EXPECT_EQ(options->config, "/a/b");
  EXPECT_EQ(options->data_dir, "/c");
}

TEST(Options, AskForACheck) {
  auto options = parse({"--check", "--json", "--data-dir=/a"});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->check && options->json);
}

TEST(Options, EndTheProgramWithTwoWhenTheyMakeNoSense) {
  for (const auto& wrong : std::vector<std::vector<std::string>>{{"--nonsense"},
                                                                 {"-x"},
                                                                 {"--config"},
                                                                 {"--config", ""},
                                                                 {"--data-dir="},
                                                                 {"--login=now"},
                                                                 {"--json"},
                                                                 {"--check", "--login"},
                                                                 {"--check", "--replace"},
                                                                 {"--check", "--config=/a"},
                                                                 {"surplus"}}) {
    auto options = parse(wrong);
    ASSERT_FALSE(options) << wrong[0];
    EXPECT_EQ(options.error(), 2) << wrong[0];
  }
}

TEST(Options, EndTheProgramWellAfterHelpAndVersion) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(parse({"--help"}).error(), 0);
  EXPECT_EQ(parse({"--version"}).error(), 0);
  const std::string text = testing::internal::GetCapturedStdout();
  for (const char* named :
       {"--login", "--replace", "--config", "--data-dir", "--check", "--json", "coffer.toml",
        "memory-kib", "require-locked", "[search]", "[sessions]"})
    EXPECT_NE(text.find(named), std::string::npos) << named;
}

}  // namespace
}  // namespace broker
