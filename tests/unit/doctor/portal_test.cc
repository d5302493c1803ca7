// Whom xdg-desktop-portal asks, by made-up configurations.
#include "tests/unit/doctor/tree.h"

namespace cli {
namespace {

constexpr const char* kSecret = "org.freedesktop.impl.portal.Secret";

class Portal : public TreeTest {
 protected:
  Portal() {
    machine_.desktops = {"sway"};
    write("/usr/share/dbus-1/services/org.freedesktop.portal.Desktop.service", "");
    portal("/usr/share", "coffer", kSecret, "sway;hyprland;");
    portal("/usr/share", "gnome-keyring", kSecret, "gnome;");
    portal("/usr/share", "gtk", "org.freedesktop.impl.portal.FileChooser", "gnome;sway;");
  }
  void portal(const std::string& data, const std::string& name, const std::string& interface,
              const std::string& use_in) {
    write(data + "/xdg-desktop-portal/portals/" + name + ".portal",
          "[portal]\nDBusName=x\nInterfaces=" + interface + ";\nUseIn=" + use_in + "\n");
  }
  void conf(const std::string& path, const std::string& lines) {
    write(path, "[preferred]\n" + lines);
  }
  std::string served(bool reads_conf = true) { return portal_for_secrets(machine_, reads_conf); }
};

TEST_F(Portal, WithoutAWordTheFileThatNamesTheDesktopServes) {
  EXPECT_EQ(served(), "coffer");
  expect(check_portal(machine_, true), State::good);
  machine_.desktops = {"ubuntu", "gnome"};
  EXPECT_EQ(served(), "gnome-keyring");
  expect(check_portal(machine_, true), State::warning, "ubuntu-portals.conf");
}

TEST_F(Portal, ALineForSecretsCountsFirstAndTheLastOfThem) {
  conf("/home/user/.config/xdg-desktop-portal/sway-portals.conf",
       std::string("default=gtk\n") + kSecret + "=coffer\n" + kSecret + "=gnome-keyring\n");
  EXPECT_EQ(served(), "gnome-keyring");
  expect(check_portal(machine_, true), State::warning, "from gnome-keyring");
}

TEST_F(Portal, TheDesktopsFileComesBeforeTheOneOfAllAndTheUsersBeforeTheSystems) {
  conf("/usr/share/xdg-desktop-portal/sway-portals.conf",
       std::string(kSecret) + "=gnome-keyring\n");
  EXPECT_EQ(served(), "gnome-keyring");
  conf("/etc/xdg/xdg-desktop-portal/portals.conf", std::string(kSecret) + "=coffer\n");
  EXPECT_EQ(served(), "coffer");
  conf("/etc/xdg/xdg-desktop-portal/sway-portals.conf", std::string(kSecret) + "=none\n");
  EXPECT_EQ(served(), "");
  conf("/home/user/.config/xdg-desktop-portal/portals.conf", std::string(kSecret) + "=coffer\n");
  EXPECT_EQ(served(), "coffer");
}

TEST_F(Portal, WhatTheDefaultCannotServeIsLeftToTheDesktopsName) {
  conf("/usr/share/xdg-desktop-portal/sway-portals.conf", "default=gtk;\n");
  EXPECT_EQ(served(), "coffer");
  machine_.desktops = {"niri"};
  conf("/usr/share/xdg-desktop-portal/niri-portals.conf", "default=gtk;\n");
  EXPECT_EQ(served(), "");
  expect(check_portal(machine_, true), State::warning, "no portal is named");
  conf("/usr/share/xdg-desktop-portal/niri-portals.conf", "default=*\n");
  EXPECT_EQ(served(), "coffer");
}

TEST_F(Portal, OneThatDoesNotServeSecretsIsNotChosen) {
  conf("/usr/share/xdg-desktop-portal/sway-portals.conf", std::string(kSecret) + "=gtk\n");
  EXPECT_EQ(served(), "");
}

// They read no portals.conf, look into /usr/share alone, and take any portal at last.
TEST_F(Portal, EarlierOnesGoByTheDesktopsNameAlone) {
  conf("/home/user/.config/xdg-desktop-portal/portals.conf",
       std::string(kSecret) + "=gnome-keyring\n");
  EXPECT_EQ(served(false), "coffer");
  machine_.desktops = {"gnome"};
  EXPECT_EQ(served(false), "gnome-keyring");
  expect(check_portal(machine_, false), State::warning, "UseIn=");
  machine_.desktops = {"unheard-of"};
  EXPECT_EQ(served(false), "coffer") << "any, by name";
  portal("/usr/local/share", "another", kSecret, "unheard-of;");
  EXPECT_EQ(served(false), "coffer");
  remove("/home/user/.config");
  EXPECT_EQ(served(true), "another");
}

TEST_F(Portal, NothingIsSaidWhereThereIsNoDesktopOrNoPortal) {
  machine_.desktops = {};
  expect(check_portal(machine_, true), State::good, "no desktop");
  machine_.desktops = {"gnome"};
  remove("/usr/share/dbus-1");
  expect(check_portal(machine_, true), State::good, "no xdg-desktop-portal");
}

}  // namespace
}  // namespace cli
