// Flatpak's records, as GLib writes them, and damaged.
#include "broker/flatpak.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/broker/temporary_directory.h"

namespace broker {
namespace {

// GLib.Variant("(ssasta{sv})", ("hub", "cccc", ["a", "bc"], 7, {"deploy-version": <4>,
// "previous-ids": <["org.a", "org.bb"]>, "runtime": <"r/x/1">}))
constexpr std::string_view kRecord =
    "6875620063636363006100626300020507000000000000006465706c6f792d76657273696f6e0000"
    "0400000000690f0070726576696f75732d696473000000006f72672e61006f72672e626200060d00"
    "61730d000000000072756e74696d6500722f782f3100007308173b51100904";

std::string record() {
  std::string bytes;
  for (std::size_t i = 0; i < kRecord.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(kRecord.substr(i, 2)), nullptr, 16));
  return bytes;
}

TEST(Flatpak, ADeployRecordNamesItsRemoteAndTheFormerIds) {
  const Deployed deployed = parse_deploy(record());
  EXPECT_EQ(deployed.remote, "hub");
  EXPECT_EQ(deployed.previous_ids, (std::vector<std::string>{"org.a", "org.bb"}));
}

TEST(Flatpak, ADamagedRecordIsRead) {
  const std::string good = record();
  for (std::size_t size = 0; size < good.size(); ++size) parse_deploy(good.substr(0, size));
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const char value : {'\0', '\1', '\x7f', '\xff'}) {
      std::string bad = good;
      bad[at] = value;
      parse_deploy(bad);
    }
  EXPECT_EQ(parse_deploy("").remote, "");
  EXPECT_EQ(parse_deploy(std::string(64, '\xff')).remote, "");
}

// Entries of the settings that claim the same bytes again and again: what a record costs stays
// within its size.
TEST(Flatpak, EntriesThatOverlapAreReadOnce) {
  const std::string good = record();
  const std::string before_settings = good.substr(0, 24), entry = good.substr(48, 35),
                    ends_of_record = good.substr(good.size() - 3);
  std::string settings = entry + '\x23';
  for (int i = 0; i < 50; ++i) settings += {'\0', '\x23'};
  EXPECT_EQ(parse_deploy(before_settings + settings + ends_of_record).previous_ids,
            (std::vector<std::string>{"org.a", "org.bb"}));
}

TEST(Flatpak, ARemotesSettingIsItsOwn) {
  constexpr std::string_view kConfiguration =
      "url=outside\n[core]\nurl=core\n[remote \"hub\"]\nurl=https://hub\nurl-x=no\n"
      "[remote \"hub2\"]\nurl=https://other";
  EXPECT_EQ(remote_setting(kConfiguration, "hub", "url"), "https://hub");
  EXPECT_EQ(remote_setting(kConfiguration, "hub2", "url"), "https://other");
  EXPECT_EQ(remote_setting(kConfiguration, "hub", "collection-id"), "");
  EXPECT_EQ(remote_setting(kConfiguration, "hub3", "url"), "");
}

TEST(Flatpak, FurtherInstallationsHaveANameAPathAndAPriority) {
  const auto found = parse_installations(
      "Path=/outside\n[Installation \"extra\"]\n Path = /srv/flatpak \nPriority=7\n"
      "DisplayName=x\n[Installation \"none\"]\nPriority=9\n[Installation \"relative\"]\nPath=x\n"
      "[Installation \"user\"]\nPath=/x\n[Other \"x\"]\nPath=/x\n[Installation \"\"]\nPath=/x\n"
      "[Installation \"last\"]\nPath=/last\nPriority=-1");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "extra");
  EXPECT_EQ(found[0].path, "/srv/flatpak");
  EXPECT_EQ(found[0].priority, 7);
  EXPECT_EQ(found[1].name, "last");
  EXPECT_EQ(found[1].priority, -1);
}

TEST(Flatpak, OfTooManyInstallationsTheFirstAreTaken) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "[Installation \"i" + std::to_string(i) + "\"]\nPath=/i\n";
  EXPECT_EQ(parse_installations(text).size(), ipc::kMaxInstallations);
}

// --- Folders as Flatpak makes them ---------------------------------------------------------------

class FlatpakFolders : public ::testing::Test {
 protected:
  FlatpakFolders() {
    for (const auto& [name, folder] :
         {std::pair{"FLATPAK_USER_DIR", "user"}, std::pair{"FLATPAK_SYSTEM_DIR", "system"},
          std::pair{"FLATPAK_CONFIG_DIR", "etc"}})
      ::setenv(name, (top_.path + "/" + folder).c_str(), 1);
  }
  ~FlatpakFolders() override {
    for (const char* name : {"FLATPAK_USER_DIR", "FLATPAK_SYSTEM_DIR", "FLATPAK_CONFIG_DIR"})
      ::unsetenv(name);
  }
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = top_.path + "/" + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  void install(const std::string& folder, const std::string& remote) {
    write(folder + "/app/org.x/current/active/deploy", record());
    write(folder + "/repo/config", "[remote \"hub\"]\n" + remote + "\n");
    write(folder + "/repo/hub.trustedkeys.gpg", "keys of " + folder);
  }
  std::string found() {
    std::string all;
    for (const ipc::Publisher& each : installed("org.x").publishers.items)
      all += each.installation.value + ":" + each.source.value + ":" +
             std::string(base::text_of(each.keys.value)) + " ";
    return all;
  }
  TemporaryDirectory top_;
};

TEST_F(FlatpakFolders, EachInstallationSaysItsOwnInTheOrderOfPriority) {
  install("user", "url=u");
  install("system", "url=s\ncollection-id=c");
  install("extra", "url=e");
  install("low", "url=l");
  write("etc/installations.d/a.conf",
        "[Installation \"low\"]\nPath=" + top_.path + "/low\nPriority=-5\n");
  write("etc/installations.d/b.conf",
        "[Installation \"extra\"]\nPath=" + top_.path + "/extra\nPriority=5\n");
  write("etc/installations.d/c.txt", "[Installation \"not\"]\nPath=" + top_.path + "/low\n");
  EXPECT_EQ(found(),
            "user:u:keys of user extra:e:keys of extra system:c:keys of system low:l:keys of low ");
}

TEST_F(FlatpakFolders, WhatIsMissingIsLeftOut) {
  EXPECT_EQ(found(), "");
  write("user/app/org.x/current/active/deploy", record());
  EXPECT_EQ(found(), "") << "no configuration";
  EXPECT_EQ(installed("org.x").previous.items.size(), 2u);
  write("user/repo/config", "[remote \"other\"]\nurl=x\n");
  EXPECT_EQ(found(), "user:none: ");
  write("user/repo/config", "[remote \"hub\"]\nurl=x\n");
  EXPECT_EQ(found(), "user:x: ");
  write("user/app/org.x/current/active/deploy", "");
  EXPECT_EQ(found(), "");
}

TEST(Flatpak, AnIdIsNoPath) {
  for (const char* id : {"", "..", "../x", "a/../b", "."})
    EXPECT_TRUE(installed(id).publishers.items.empty()) << id;
}

}  // namespace
}  // namespace broker
