// Where requests are made and answered: the processors that the thread may use are looked at.
#include "frontend/placement.h"

#include <gtest/gtest.h>
#include <sched.h>

namespace frontend {
namespace {

cpu_set_t places() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  return set;
}

class PlacementTest : public ::testing::Test {
 protected:
  ~PlacementTest() override { ::sched_setaffinity(0, sizeof all_, &all_); }
  void request(unsigned count) {
    for (unsigned i = 0; i < count; ++i) placement_.on_request();
  }
  // Makes sure that the kernel moves us nowhere meanwhile, and each time to the same place.
  void stand_still() { base::Processors().stay_on(here_); }
  bool stays() const {
    const cpu_set_t now = places();
    return CPU_COUNT(&now) == 1 && CPU_ISSET(here_, &now);
  }
  bool roams() const {
    const cpu_set_t now = places();
    return CPU_EQUAL(&now, &all_);
  }

  const cpu_set_t all_ = places();
  const std::uint32_t here_ = static_cast<std::uint32_t>(::sched_getcpu());
  base::EventLoop loop_;
  std::vector<std::optional<std::uint32_t>> told_;
  Placement placement_{loop_, base::Processors(),
                       [this](std::optional<std::uint32_t> to) { told_.push_back(to); }};
};

TEST_F(PlacementTest, AFewRequestsChangeNothing) {
  request(Placement::kSettled - 1);
  EXPECT_TRUE(roams());
  EXPECT_TRUE(told_.empty());
}

TEST_F(PlacementTest, ABurstKeepsBothWhereItFindsUs) {
  stand_still();
  request(Placement::kSettled);
  EXPECT_TRUE(stays());
  EXPECT_EQ(told_, (std::vector<std::optional<std::uint32_t>>{here_}));
  request(Placement::kStay - 1);
  EXPECT_TRUE(stays());
}

TEST_F(PlacementTest, TheKernelMayChooseAgainNowAndThen) {
  stand_still();
  request(Placement::kSettled + Placement::kStay);
  EXPECT_TRUE(roams());
  stand_still();
  request(Placement::kSettled);
  EXPECT_TRUE(stays());
  EXPECT_EQ(told_.size(), 1u);  // the vault has stayed where it was
}

TEST_F(PlacementTest, AfterAPauseBothGoWhereTheyLike) {
  stand_still();
  request(Placement::kSettled);
  for (int turn = 0; turn < 10 && told_.size() < 2; ++turn) loop_.run_once(std::chrono::seconds{1});
  EXPECT_TRUE(roams());
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_FALSE(told_.back());
  loop_.run_once(2 * Placement::kPause);  // and that was all
  EXPECT_EQ(told_.size(), 2u);
}

TEST_F(PlacementTest, ARequestPutsThePauseOff) {
  stand_still();
  request(Placement::kSettled);
  loop_.run_once(Placement::kPause / 2);
  request(1);
  loop_.run_once(Placement::kPause);  // as long as it would have lasted
  EXPECT_TRUE(stays());
  EXPECT_EQ(told_.size(), 1u);
}

TEST_F(PlacementTest, ANewVaultIsToldAgain) {
  stand_still();
  request(Placement::kSettled);
  placement_.on_new_vault();
  request(Placement::kStay);
  stand_still();
  request(Placement::kSettled);
  EXPECT_EQ(told_.size(), 2u);
  EXPECT_TRUE(told_.back());
}

}  // namespace
}  // namespace frontend
