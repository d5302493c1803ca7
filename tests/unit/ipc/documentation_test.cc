// SECURITY.md lists every request of every protocol, in the order of the declarations.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "ipc/control_protocol.h"
#include "ipc/store_protocol.h"
#include "ipc/vault_protocol.h"

namespace ipc {
namespace {

template <class... M>
struct Names {
  static std::string joined() {
    std::string all;
    ((all += (all.empty() ? "" : ", ") + std::string(M::name)), ...);
    return all;
  }
};

std::string security_page() {
  std::ifstream file(COFFER_SOURCE_DIR "/SECURITY.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string row(const char* header, const char* direction, const std::string& names) {
  return "| `" + std::string(header) + "` | " + direction + " | " + names + " |\n";
}

TEST(SecurityPage, ListsEveryRequestOfEveryProtocol) {
  const std::string page = security_page();
  for (const std::string& expected :
       {row("ipc/vault_protocol.h", "frontend → vault", vault::Protocol::As<Names>::joined()),
        row("ipc/store_protocol.h", "vault → broker", store::Protocol::As<Names>::joined()),
        row("ipc/control_protocol.h", "frontend → broker", control::Protocol::As<Names>::joined())})
    EXPECT_NE(page.find(expected), std::string::npos) << "missing or different: " << expected;
}

}  // namespace
}  // namespace ipc
