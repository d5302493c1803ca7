#include "vault/arena.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "base/unique_fd.h"
#include "vault/secret_bytes.h"

namespace vault {
namespace {

using testing::HasSubstr;

// Each test with both kinds of memory: locked, and secret where the kernel has it.
struct ArenaTest : testing::TestWithParam<bool> {
  ArenaTest() { EXPECT_GE(sodium_init(), 0); }
  std::unique_ptr<Arena> arena = *Arena::create(1024 * 1024, GetParam());
};

INSTANTIATE_TEST_SUITE_P(, ArenaTest, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Secret" : "Locked"; });

// The VmFlags line of the mapping that holds `address`.
std::string flags_of(const void* address) {
  std::ifstream smaps("/proc/self/smaps");
  std::string line;
  bool inside = false;
  while (std::getline(smaps, line)) {
    unsigned long from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2)
      inside = reinterpret_cast<unsigned long>(address) >= from &&
               reinterpret_cast<unsigned long>(address) < to;
    if (inside && line.starts_with("VmFlags:")) return line + " ";
  }
  return {};
}

TEST_P(ArenaTest, IsLockedAndLeftOutOfCoreDumps) {
  ASSERT_NE(arena->kind(), Arena::Kind::unlocked);
  EXPECT_THAT(flags_of(arena->whole().data()), HasSubstr(" lo "));
  EXPECT_THAT(flags_of(arena->whole().data()), HasSubstr(" dd "));
}

TEST(SecretArena, CannotBeReadThroughTheKernel) {
  const auto arena = *Arena::create(64 * 1024, true);
  if (arena->kind() != Arena::Kind::secret) GTEST_SKIP() << "this kernel has no memfd_secret";
  std::byte copy{};
  const base::UniqueFd memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  const auto at = static_cast<off_t>(reinterpret_cast<std::uintptr_t>(arena->whole().data()));
  EXPECT_EQ(::pread(memory.get(), &copy, 1, at), -1);
}

TEST_P(ArenaTest, HasInaccessiblePagesOnBothSides) {
  EXPECT_DEATH(*const_cast<volatile std::byte*>(arena->whole().data() - 1) = std::byte{1}, "");
  EXPECT_DEATH(*const_cast<volatile std::byte*>(arena->whole().data() + arena->whole().size()) =
                   std::byte{1},
               "");
}

TEST_P(ArenaTest, WipesWhatIsFreed) {
  const auto canary = base::bytes_of("a canary that must not be left behind");
  const auto whole = arena->whole();
  {
    auto secret = SecretBytes::copy(*arena, canary);
    ASSERT_TRUE(secret);
    EXPECT_NE(std::search(whole.begin(), whole.end(), canary.begin(), canary.end()), whole.end());
  }
  EXPECT_EQ(std::search(whole.begin(), whole.end(), canary.begin(), canary.end()), whole.end());
}

TEST_P(ArenaTest, RefusesWhatDoesNotFitAndRecovers) {
  EXPECT_FALSE(SecretBytes::make(*arena, 2 * 1024 * 1024));
  auto most = SecretBytes::make(*arena, 1024 * 1024);
  ASSERT_TRUE(most);
  EXPECT_FALSE(SecretBytes::make(*arena, 1));
  *most = SecretBytes();
  EXPECT_TRUE(SecretBytes::make(*arena, 1024 * 1024));
}

TEST_P(ArenaTest, JoinsFreedNeighbours) {
  std::vector<SecretBytes> blocks;
  for (int i = 0; i < 256; ++i) blocks.push_back(*SecretBytes::make(*arena, 4096));
  EXPECT_FALSE(SecretBytes::make(*arena, 4096));
  for (std::size_t i = 0; i < blocks.size(); i += 2) blocks[i] = SecretBytes();
  EXPECT_FALSE(SecretBytes::make(*arena, 8192));
  for (std::size_t i = 1; i < blocks.size(); i += 2) blocks[i] = SecretBytes();
  EXPECT_TRUE(SecretBytes::make(*arena, 1024 * 1024));
}

TEST_P(ArenaTest, AShrunkSecretHidesAndWipesItsEnd) {
  auto secret = SecretBytes::copy(*arena, base::bytes_of("password\n"));
  secret->shrink(8);
  EXPECT_EQ(base::text_of(secret->expose()), "password");
  EXPECT_TRUE(*secret == *SecretBytes::copy(*arena, base::bytes_of("password")));
}

}  // namespace
}  // namespace vault
