// Who would be started for the name, on made-up machines.
#include "tests/unit/doctor/tree.h"

namespace cli {
namespace {

constexpr const char* kOurs =
    "[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/usr/bin/cofferd\n";
constexpr const char* kTheirs =
    "[D-BUS Service]\nName=org.freedesktop.secrets\n"
    "Exec=/usr/bin/gnome-keyring-daemon --start --components=secrets\n";

using Activation = TreeTest;

TEST_F(Activation, IsGoodWhereCofferIsStarted) {
  write("/usr/share/dbus-1/services/org.freedesktop.secrets.service", kOurs);
  write("/usr/share/dbus-1/services/other.service", "[D-BUS Service]\nName=org.x\nExec=/bin/x\n");
  write("/usr/share/dbus-1/services/org.freedesktop.secrets.service.diverted", kTheirs);
  expect(check_activation(machine_), State::good, "/usr/bin/cofferd");
}

TEST_F(Activation, NoFileIsTold) { expect(check_activation(machine_), State::warning, "no file"); }

TEST_F(Activation, AnotherProgramIsNamedWithItsFile) {
  write("/usr/share/dbus-1/services/org.freedesktop.secrets.service", kTheirs);
  expect(check_activation(machine_), State::warning, "gnome-keyring-daemon");
}

TEST_F(Activation, AFileInAFolderThatComesBeforeWins) {
  write("/usr/share/dbus-1/services/org.freedesktop.secrets.service", kOurs);
  write("/home/user/.local/share/dbus-1/services/mine.service", kTheirs);
  expect(check_activation(machine_), State::warning, "mine.service");
}

TEST_F(Activation, TwoFilesInOneFolderCompete) {
  write("/usr/share/dbus-1/services/org.freedesktop.secrets.service", kOurs);
  write("/usr/share/dbus-1/services/keepassxc.service", kTheirs);
  expect(check_activation(machine_), State::warning, "keepassxc.service is beside");
}

class Autostart : public TreeTest {
 protected:
  static constexpr const char* kFile = "/etc/xdg/autostart/gnome-keyring-secrets.desktop";
  Autostart() {
    machine_.desktops = {"ubuntu", "gnome"};
    write(kFile, "[Desktop Entry]\nExec=gnome-keyring-daemon\nOnlyShowIn=GNOME;Unity;MATE;\n");
  }
};

TEST_F(Autostart, OfGnomeKeyringIsFoundOnItsDesktops) {
  ASSERT_EQ(check_autostart(machine_).size(), 1u);
  expect(check_autostart(machine_)[0], State::warning, "Hidden=true");
  machine_.desktops = {"sway"};
  EXPECT_TRUE(check_autostart(machine_).empty());
  machine_.desktops = {};
  EXPECT_TRUE(check_autostart(machine_).empty());
}

TEST_F(Autostart, ThatTheUserHasSwitchedOffIsNone) {
  write("/home/user/.config/autostart/gnome-keyring-secrets.desktop",
        "[Desktop Entry]\nOnlyShowIn=GNOME;\nHidden=true\n");
  EXPECT_TRUE(check_autostart(machine_).empty());
}

// kwalletd5 5.103 takes the name, or does not, with each of these settings.
TEST_F(Autostart, OfKWalletIsFoundUnlessItsServiceIsOff) {
  machine_.desktops = {"kde"};
  EXPECT_TRUE(check_autostart(machine_).empty());
  write("/usr/share/dbus-1/services/org.kde.kwalletd5.service", "");
  const auto found_with = [&](const std::string& settings) {
    write("/home/user/.config/kwalletrc", settings);
    return !check_autostart(machine_).empty();
  };
  for (const char* on : {"", "[org.freedesktop.secrets]\napiEnabled=true\n",
                         "[Wallet]\nenabled=false\n", "[Wallet]\napiEnabled=false\n"})
    EXPECT_TRUE(found_with(on)) << on;
  for (const char* off :
       {"[org.freedesktop.secrets]\napiEnabled=false\n", "[Wallet]\nEnabled=false\n",
        "[Wallet]\nEnabled=no\n", "[org.freedesktop.secrets]\napiEnabled=0\n",
        "[Wallet]\nEnabled=false\n[org.freedesktop.secrets]\napiEnabled=true\n"})
    EXPECT_FALSE(found_with(off)) << off;
}

TEST_F(Autostart, OfKWalletIsSwitchedOffWithTheToolOfItsVersion) {
  machine_.desktops = {"kde"};
  const auto advice = [&] { return check_autostart(machine_).at(0).advice; };
  write("/usr/share/dbus-1/services/org.kde.kwalletd5.service", "");
  EXPECT_TRUE(
      advice().starts_with("kwriteconfig5 --file kwalletrc --group org.freedesktop.secrets"));
  write("/usr/share/dbus-1/services/org.kde.kwalletd6.service", "");
  EXPECT_TRUE(
      advice().starts_with("kwriteconfig6 --file kwalletrc --group org.freedesktop.secrets"));
  write("/usr/share/dbus-1/services/org.kde.secretservicecompat.service", "");
  EXPECT_TRUE(
      advice().starts_with("kwriteconfig6 --file kwalletrc --group KSecretD --key Enabled"));
  write("/home/user/.config/kwalletrc", "[org.freedesktop.secrets]\napiEnabled=false\n");
  EXPECT_EQ(check_autostart(machine_).size(), 1u);
  write("/home/user/.config/kwalletrc", "[KSecretD]\nEnabled=false\n");
  EXPECT_TRUE(check_autostart(machine_).empty());
}

TEST_F(Autostart, TheUsersSettingsOfKWalletComeBeforeTheSystems) {
  machine_.desktops = {"kde"};
  write("/usr/share/dbus-1/services/org.kde.kwalletd5.service", "");
  write("/etc/xdg/kwalletrc", "[org.freedesktop.secrets]\napiEnabled=false\n");
  EXPECT_TRUE(check_autostart(machine_).empty());
  write("/home/user/.config/kwalletrc", "[Wallet]\nFirst Use=false\n");
  EXPECT_TRUE(check_autostart(machine_).empty());
  write("/home/user/.config/kwalletrc", "[org.freedesktop.secrets]\napiEnabled=true\n");
  EXPECT_EQ(check_autostart(machine_).size(), 1u);
}

class Units : public TreeTest {
 protected:
  Units() {
    write("/run/systemd/system/x", "");
    write("/usr/lib/systemd/user/coffer.service", "");
    write("/usr/lib/systemd/user/coffer-pam.socket", "");
    link("/etc/systemd/user/sockets.target.wants/coffer-pam.socket",
         "/usr/lib/systemd/user/coffer-pam.socket");
  }
  Finding only() {
    const Findings found = check_units(machine_);
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? Finding{} : found[0];
  }
};

TEST_F(Units, AreGoodAsThePackageInstallsThem) { expect(only(), State::good); }

TEST_F(Units, DoNotMatterWithoutSystemd) {
  remove("/run/systemd");
  EXPECT_TRUE(check_units(machine_).empty());
}

TEST_F(Units, ThatAreMissingMaskedOrNotEnabledAreTold) {
  link("/home/user/.config/systemd/user/coffer.service", "/dev/null");
  expect(only(), State::failed, "unmask coffer.service");
  remove("/home/user/.config/systemd/user/coffer.service");
  link("/etc/systemd/user/coffer-pam.socket", "/dev/null");
  expect(only(), State::failed, "unmask coffer-pam.socket");
  remove("/etc/systemd/user/coffer-pam.socket");
  remove("/etc/systemd/user/sockets.target.wants");
  expect(only(), State::warning, "enable --now coffer-pam.socket");
  remove("/usr/lib/systemd/user/coffer.service");
  expect(only(), State::warning, "no coffer.service");
}

TEST_F(Units, OfGnomeKeyringCompeteUnlessTheyAreMasked) {
  write("/usr/lib/systemd/user/gnome-keyring-daemon.socket", "");
  expect(only(), State::good);
  link("/etc/systemd/user/sockets.target.wants/gnome-keyring-daemon.socket", "x");
  expect(only(), State::warning, "mask --now gnome-keyring-daemon.socket");
  link("/home/user/.config/systemd/user/gnome-keyring-daemon.socket", "/dev/null");
  expect(only(), State::good);
}

}  // namespace
}  // namespace cli
