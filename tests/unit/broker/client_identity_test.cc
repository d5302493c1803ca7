#include "broker/client_identity.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace broker {
namespace {

TEST(ClientIdentity, AFlatpakIsKnownByItsApplicationId) {
  EXPECT_EQ(flatpak_name("[Application]\nname=org.example.App\nruntime=x\n"), "org.example.App");
  EXPECT_EQ(flatpak_name("[Runtime]\nname=other\n[Application]\nname=org.example.App"),
            "org.example.App");
  EXPECT_EQ(flatpak_name("[Runtime]\nname=other\n"), "");
  EXPECT_EQ(flatpak_name(""), "");
}

TEST(ClientIdentity, AnInterpreterIsKnownByItsScript) {
  using namespace std::string_literals;
  EXPECT_EQ(script_name("python3\0-B\0/usr/bin/tool\0--help\0"s), "tool");
  EXPECT_EQ(script_name("python3\0-c\0print()\0"s), "");
  EXPECT_EQ(script_name("bash\0"s), "");
  EXPECT_EQ(script_name(""), "");
}

TEST(ClientIdentity, ANameCannotSpoilADialog) {
  EXPECT_EQ(printable("fire fox-1.0"), "fire fox-1.0");
  EXPECT_EQ(printable("a\nb\"<c>&\x1b\xe2\x80\xae"),
            "a?b??c?????"
            "?");
  EXPECT_EQ(printable(std::string(1000, 'x')).size(), 64U);
}

TEST(ClientIdentity, ThisTestIsKnownByItsFileName) {
  EXPECT_EQ(identity_of(static_cast<std::uint32_t>(::getpid())).program.value, "unit_broker");
  EXPECT_EQ(identity_of(0).program.value, "");
  EXPECT_EQ(identity_of(0x7fffffff).program.value, "");
}

}  // namespace
}  // namespace broker
