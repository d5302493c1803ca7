// Real keyrings of the kernel: each test in a session keyring of its own, in a process of its own,
// and as an ordinary user, who has a quota. Its keys are counted until some time after they are
// gone, so root's tests are each another user's: the same each time, for the kernel forgets none.
#include "broker/kernel_keyring.h"

#include <gmock/gmock.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "base/log.h"

namespace broker {
namespace {

using ipc::store::Row;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* kName = "coffer-session-test";

long keyctl(int operation, long a = 0, long b = 0, long c = 0, long d = 0) {
  return ::syscall(SYS_keyctl, static_cast<long>(operation), a, b, c, d);
}
long address(const void* pointer) { return reinterpret_cast<long>(pointer); }
bool join_a_new_session() { return keyctl(KEYCTL_JOIN_SESSION_KEYRING) > 0; }

long find(const char* type, const std::string& name) {
  return keyctl(KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, address(type), address(name.c_str()));
}
std::string description_of(long key) {
  std::string text(200, '\0');
  const long size =
      keyctl(KEYCTL_DESCRIBE, key, address(text.data()), static_cast<long>(text.size()));
  return size > 0 ? text.substr(0, static_cast<std::size_t>(size) - 1) : "";
}
long add(const char* type, const char* name, std::string_view payload, long keyring) {
  return ::syscall(SYS_add_key, type, name, payload.data(), payload.size(), keyring);
}

Row row(std::uint64_t number, std::size_t size = 100, char filling = 'x') {
  return {number, 7, {base::Bytes(32)}, {base::Bytes(size, std::byte(filling))}};
}

class KernelKeyringTest : public testing::Test {
 protected:
  void SetUp() override {
    if (in_a_session([] {}) == kNoKeyrings)
      GTEST_SKIP() << "the kernel, or a filter around this test, gives no session keyring";
  }

  static constexpr int kNoKeyrings = 77;
  // The exit status of a child that ran `act` in a new session keyring: 0 when nothing failed.
  static int in_a_session(const std::function<void()>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto* test = testing::UnitTest::GetInstance()->current_test_info();
      const auto user = static_cast<uid_t>(61'000 + test->line() % 1000);
      if (::geteuid() == 0 && ::setresuid(user, user, user) < 0) ::_exit(kNoKeyrings);
      if (!join_a_new_session()) ::_exit(kNoKeyrings);
      try {
        act();
      } catch (...) {
        ::_exit(2);
      }
      ::_exit(HasFailure() ? 1 : 0);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static void expect_in_a_session(const std::function<void()>& act) {
    EXPECT_EQ(in_a_session(act), 0);
  }
  static KernelKeyring open() {
    auto opened = KernelKeyring::open(kName);
    EXPECT_TRUE(opened) << opened.error().what;
    return *std::move(opened);
  }
  static std::vector<std::uint64_t> numbers(const KernelKeyring& keyring) {
    std::vector<std::uint64_t> found;
    for (std::uint64_t after = 0;;) {
      const auto page = keyring.rows_after(after);
      EXPECT_TRUE(page);
      for (const Row& each : page->rows.items) found.push_back(each.number);
      if (!page->more) return found;
      after = page->last;
    }
  }
};

TEST_F(KernelKeyringTest, KeepsRowsForTheNextDaemonOfTheSession) {
  expect_in_a_session([] {
    EXPECT_TRUE(open().keep(row(0, 50)));
    EXPECT_TRUE(open().keep(row(5, 60)));
    const auto page = open().rows_after(0);
    ASSERT_TRUE(page);
    EXPECT_FALSE(page->more);
    ASSERT_THAT(numbers(open()), UnorderedElementsAre(0, 5));
    for (const Row& each : page->rows.items)
      EXPECT_EQ(ipc::encode(each), ipc::encode(row(each.number, each.number ? 60 : 50)));
  });
}

TEST_F(KernelKeyringTest, TheyGoWithTheSession) {
  expect_in_a_session([] {
    EXPECT_TRUE(open().keep(row(1)));
    ASSERT_TRUE(join_a_new_session());
    EXPECT_THAT(numbers(open()), IsEmpty());
  });
}

TEST_F(KernelKeyringTest, ReplacesAndForgets) {
  expect_in_a_session([] {
    KernelKeyring keyring = open();
    EXPECT_TRUE(keyring.keep(row(1, 10)));
    EXPECT_TRUE(keyring.keep(row(2)));
    EXPECT_TRUE(keyring.keep(row(1, 3000)));
    EXPECT_THAT(numbers(keyring), UnorderedElementsAre(1, 2));
    EXPECT_TRUE(keyring.forget(2));
    EXPECT_TRUE(keyring.forget(2));
    const auto page = keyring.rows_after(0);
    ASSERT_TRUE(page);
    ASSERT_EQ(page->rows.items.size(), 1u);
    EXPECT_EQ(page->rows.items[0].box.value.size(), 3000u);
  });
}

TEST_F(KernelKeyringTest, IsForItsPossessorsAlone) {
  expect_in_a_session([] {
    EXPECT_TRUE(open().keep(row(12)));
    EXPECT_THAT(description_of(find("keyring", kName)), HasSubstr(";3f000000;"));
    long key = find("user", "12");
    if (key < 0) key = find("big_key", "12");
    EXPECT_THAT(description_of(key), HasSubstr(";3f000000;12"));
  });
}

TEST_F(KernelKeyringTest, AFullQuotaIsNamedOnceAndLeavesNoOlderRow) {
  if (::geteuid() != 0) GTEST_SKIP() << "an ordinary user has but one quota";
  expect_in_a_session([] {
    KernelKeyring keyring = open();
    EXPECT_TRUE(keyring.keep(row(1, 100)));
    testing::internal::CaptureStderr();
    std::uint64_t number = 2;
    while (keyring.keep(row(number, 1500))) ASSERT_LT(++number, 1000u);
    const auto refused = keyring.keep(row(1, 15'000));
    const bool has_big_keys = bool(refused);  // their size is not charged
    EXPECT_TRUE(has_big_keys || refused.error().code == base::Code::no_space);
    EXPECT_FALSE(keyring.keep(row(number, 1500)));
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("quota"));
    EXPECT_EQ(log.find("quota"), log.rfind("quota")) << log;
    EXPECT_EQ(numbers(keyring).size(), number - (has_big_keys ? 1 : 2));
  });
}

TEST_F(KernelKeyringTest, ARowThatIsTooLargeLeavesNoOlderOne) {
  expect_in_a_session([] {
    KernelKeyring keyring = open();
    EXPECT_TRUE(keyring.keep(row(1, 100)));
    EXPECT_TRUE(keyring.keep(row(2, 100)));
    testing::internal::CaptureStderr();
    EXPECT_FALSE(keyring.keep(row(1, 1024 * 1024)));
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("larger than"));
    EXPECT_THAT(numbers(keyring), ElementsAre(2));
  });
}

TEST_F(KernelKeyringTest, PassesOverWhatIsNoRow) {
  expect_in_a_session([] {
    KernelKeyring keyring = open();
    EXPECT_TRUE(keyring.keep(row(1)));
    const long ring = find("keyring", kName);
    EXPECT_GT(add("user", "noise", "noise", ring), 0);
    EXPECT_GT(add("logon", "cannot:be-read", "noise", ring), 0);
    EXPECT_GT(add("keyring", "another", "", ring), 0);
    const base::Bytes genuine = ipc::encode(row(2));
    const auto text = base::text_of(genuine);
    EXPECT_GT(add("user", "cut off", text.substr(0, text.size() - 1), ring), 0);
    EXPECT_GT(add("user", "and more", std::string(text) + "x", ring), 0);
    EXPECT_THAT(numbers(keyring), ElementsAre(1));
  });
}

TEST_F(KernelKeyringTest, APageIsCutWhereItIsFull) {
  expect_in_a_session([] {
    KernelKeyring keyring = open();
    for (std::uint64_t number = 1; number <= 3; ++number) EXPECT_TRUE(keyring.keep(row(number)));
    const auto all = keyring.rows_after(0);
    ASSERT_TRUE(all);
    const auto none = keyring.rows_after(all->last);
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->rows.items.empty());
    EXPECT_FALSE(none->more);
  });
}

// What another login of the user's put into the keyring of the user, which sessions link.
TEST_F(KernelKeyringTest, TakesNoKeyringThatIsNotRightInTheSession) {
  expect_in_a_session([] {
    const long elsewhere = add("keyring", kName, "", KEY_SPEC_USER_KEYRING);
    ASSERT_GT(elsewhere, 0);
    ASSERT_EQ(keyctl(KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING), 0);
    ASSERT_EQ(find("keyring", kName), elsewhere);
    EXPECT_TRUE(open().keep(row(1)));
    EXPECT_NE(find("keyring", kName), elsewhere);
    ASSERT_TRUE(join_a_new_session());
    ASSERT_EQ(keyctl(KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING), 0);
    EXPECT_THAT(numbers(open()), IsEmpty());
    keyctl(KEYCTL_CLEAR, KEY_SPEC_USER_KEYRING);
  });
}

TEST_F(KernelKeyringTest, WithoutALoginSessionNothingIsKept) {
  expect_in_a_session([] {
    // The user's session keyring is what the kernel gives to who has none.
    const long users = keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_SESSION_KEYRING, 0);
    ASSERT_GT(users, 0);
    const std::string name = "_uid_ses." + std::to_string(::getuid());
    if (keyctl(KEYCTL_JOIN_SESSION_KEYRING, address(name.c_str())) != users) return;
    const auto opened = KernelKeyring::open(kName);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().what, HasSubstr("pam_keyinit"));
  });
}

TEST_F(KernelKeyringTest, ARevokedKeyringIsAnErrorWithWords) {
  expect_in_a_session([] {
    KernelKeyring keyring = open();
    EXPECT_TRUE(keyring.keep(row(1)));
    ASSERT_EQ(keyctl(KEYCTL_REVOKE, find("keyring", kName)), 0);
    testing::internal::CaptureStderr();
    EXPECT_FALSE(keyring.keep(row(1)));
    EXPECT_FALSE(keyring.forget(1));
    EXPECT_FALSE(keyring.rows_after(0));
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("restart cofferd"));
    EXPECT_THAT(numbers(open()), IsEmpty());
  });
}

TEST(KernelKeyringName, TellsNothingAndDiffersByDirectory) {
  EXPECT_THAT(KernelKeyring::name_for("/"), testing::MatchesRegex("coffer-session-[0-9a-f-]+"));
  EXPECT_NE(KernelKeyring::name_for("/"), KernelKeyring::name_for("/proc"));
}

}  // namespace
}  // namespace broker
