// Flatpak's records, as GLib writes them, and damaged.
#include "broker/flatpak.h"

#include <gtest/gtest.h>

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

TEST(Flatpak, ARemotesSettingIsItsOwn) {
  constexpr std::string_view kConfiguration =
      "url=outside\n[core]\nurl=core\n[remote \"hub\"]\nurl=https://hub\nurl-x=no\n"
      "[remote \"hub2\"]\nurl=https://other";
  EXPECT_EQ(remote_setting(kConfiguration, "hub", "url"), "https://hub");
  EXPECT_EQ(remote_setting(kConfiguration, "hub2", "url"), "https://other");
  EXPECT_EQ(remote_setting(kConfiguration, "hub", "collection-id"), "");
  EXPECT_EQ(remote_setting(kConfiguration, "hub3", "url"), "");
}

TEST(Flatpak, AnIdIsNoPath) {
  for (const char* id : {"", "..", "../x", "a/../b", "."})
    EXPECT_TRUE(installed(id).publishers.items.empty()) << id;
}

}  // namespace
}  // namespace broker
