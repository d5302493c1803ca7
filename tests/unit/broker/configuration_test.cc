#include "broker/configuration.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/broker/temporary_directory.h"

namespace broker {
namespace {

using testing::HasSubstr;

std::string error_in(const std::string& text) {
  auto parsed = parse_configuration(text, "coffer.toml");
  EXPECT_FALSE(parsed) << text;
  return parsed ? "" : parsed.error().what;
}

TEST(Configuration, HasDefaultsForEverything) {
  auto parsed = parse_configuration("", "coffer.toml");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->settings.kdf_passes, 3u);
  EXPECT_EQ(parsed->settings.kdf_memory_kib, 65536u);
  EXPECT_TRUE(parsed->settings.locked_search);
  EXPECT_TRUE(parsed->settings.plain_sessions);
  EXPECT_FALSE(parsed->require_locked);
  EXPECT_EQ(parsed->session_backing, Configuration::SessionBacking::memory);
}

TEST(Configuration, TakesEveryKey) {
  auto parsed = parse_configuration(
      "[kdf]\npasses = 5\nmemory-kib = 131072\n[search]\nlocked = \"off\"\n"
      "[sessions]\nplain = \"deny\"\n[memory]\nrequire-locked = true\n"
      "[session]\nbacking = \"kernel\"\n",
      "coffer.toml");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->settings.kdf_passes, 5u);
  EXPECT_EQ(parsed->settings.kdf_memory_kib, 131072u);
  EXPECT_FALSE(parsed->settings.locked_search);
  EXPECT_FALSE(parsed->settings.plain_sessions);
  EXPECT_TRUE(parsed->require_locked);
  EXPECT_EQ(parsed->session_backing, Configuration::SessionBacking::kernel);
}

TEST(Configuration, TakesDottedKeysAndBooleans) {
  auto parsed = parse_configuration("search.locked = false\n", "coffer.toml");
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->settings.locked_search);
}

TEST(Configuration, NamesFileLineAndKeyOfWhatIsWrong) {
  EXPECT_THAT(error_in("[kdf]\n\npases = 3\n"),
              HasSubstr("coffer.toml, line 3: unknown key kdf.pases"));
  EXPECT_THAT(error_in("\n[kdff]\npasses = 3\n"), HasSubstr("line 2: unknown key kdff"));
  EXPECT_THAT(error_in("[kdf]\npasses = \"3\"\n"), HasSubstr("line 2: kdf.passes must be"));
  EXPECT_THAT(error_in("[kdf]\npasses = 0\n"), HasSubstr("line 2: kdf.passes must be"));
  EXPECT_THAT(error_in("[kdf]\npasses = 4294967299\n"), HasSubstr("kdf.passes must be"));
  EXPECT_THAT(error_in("[kdf]\nmemory-kib = -1\n"), HasSubstr("kdf.memory-kib must be"));
  EXPECT_THAT(error_in("[sessions]\nplain = false\n"), HasSubstr("sessions.plain must be"));
  EXPECT_THAT(error_in("[search]\nlocked = 1\n"), HasSubstr("search.locked must be"));
  EXPECT_THAT(error_in("[session]\nbacking = true\n"), HasSubstr("session.backing must be"));
  EXPECT_THAT(error_in("[session]\nbacking = \"disk\"\n"), HasSubstr("session.backing must be"));
  EXPECT_THAT(error_in("memory = true\n"), HasSubstr("line 1: memory must be a table"));
  EXPECT_THAT(error_in("[kdf]\npasses = 3\npasses = 4\n"), HasSubstr("line 3: "));
  EXPECT_THAT(error_in("a = = b"), HasSubstr("coffer.toml, line 1: "));
}

TEST(Configuration, RefusesAFileThatIsNamedAndMissing) {
  const TemporaryDirectory directory;
  auto loaded = load_configuration(directory / "none.toml");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().what, HasSubstr("none.toml"));
}

TEST(Configuration, RefusesAFileThatIsTooLargeOrNoFile) {
  const TemporaryDirectory directory;
  write_file(directory / "large.toml", std::string(64 * 1024 + 1, '#'));
  EXPECT_EQ(load_configuration(directory / "large.toml").error().code, base::Code::limits_exceeded);
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(load_configuration(directory / "pipe").error().code, base::Code::invalid);
  EXPECT_FALSE(load_configuration(directory.path));
}

TEST(Configuration, IsFoundBelowXdgConfigHome) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "coffer");
  write_file(directory / "coffer/coffer.toml", "kdf.passes = 7\n");
  ::setenv("XDG_CONFIG_HOME", directory.path.c_str(), 1);
  auto loaded = load_configuration({});
  ::unsetenv("XDG_CONFIG_HOME");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->settings.kdf_passes, 7u);
}

TEST(Configuration, WhatTheParserCannotBearIsAnError) {
  const auto what = [](std::string_view text) {
    const auto parsed = parse_configuration(text, "file");
    return parsed ? std::string("taken") : parsed.error().what;
  };
  EXPECT_THAT(what("[$"), testing::HasSubstr("file, line 1"));
  EXPECT_THAT(what(std::string_view("[\0\n", 3)), testing::HasSubstr("file, line 1"));
  EXPECT_THAT(what("[kdf]\npasses\xc3\xa9 = 1\n"), testing::HasSubstr("file, line 2"));
  EXPECT_EQ(what("# d\xc3\xa9j\xc3\xa0 vu\n[kdf]\n  # \xff\npasses = 2"), "taken");
}

}  // namespace
}  // namespace broker
