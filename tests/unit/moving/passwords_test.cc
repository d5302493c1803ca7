#include "cli/moving/passwords.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "base/unique_fd.h"

namespace cli {
namespace {

// A descriptor to read `text` from.
base::UniqueFd input(std::string_view text) {
  base::UniqueFd file(::memfd_create("passwords", MFD_CLOEXEC));
  EXPECT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

// Opens with one password, and remembers which were tried.
struct Lock {
  std::string password;
  base::Code refusal = base::Code::wrong_password;
  std::vector<std::string> tried{};

  base::Outcome operator()(const Secret& given) {
    tried.emplace_back(given.text());
    if (given.text() == password) return base::Ok{};
    return base::fail(refusal, "refused");
  }
};

base::Outcome open(Passwords& passwords, Lock& lock, const Attributes& key = {}) {
  return passwords.open("it", key, [&](const Secret& given) { return lock(given); });
}

TEST(Passwords, NothingIsAskedForWhatOpensWithoutOne) {
  Passwords passwords(-1);
  Lock lock{""};
  EXPECT_TRUE(open(passwords, lock));
}

TEST(Passwords, EveryLineIsTriedForEveryFile) {
  const auto lines = input("first\nsecond");
  Passwords passwords(lines.get());
  for (const char* password : {"second", "first"}) {
    Lock lock{password};
    EXPECT_TRUE(open(passwords, lock));
  }
  Lock lock{"third"};
  const auto outcome = open(passwords, lock);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, base::Code::wrong_password);
  EXPECT_EQ(lock.tried, (std::vector<std::string>{"", "first", "second"}));
}

TEST(Passwords, OtherFailuresEndTheAttempts) {
  const auto lines = input("first\nsecond");
  Passwords passwords(lines.get());
  Lock lock{"second", base::Code::damaged};
  EXPECT_EQ(open(passwords, lock).error().code, base::Code::damaged);
  EXPECT_EQ(lock.tried.size(), 1u);
}

TEST(Passwords, APortalsPasswordMayHoldLineBreaks) {
  std::string password(64, 'x');
  password[10] = '\n';
  const auto whole = input(password);
  Passwords passwords(whole.get());
  Lock lock{password};
  EXPECT_TRUE(open(passwords, lock));
}

TEST(Passwords, ThoseOfOtherKeyringsAreTriedOnTheirsAlone) {
  const auto nothing = input("");
  Passwords passwords(nothing.get());
  std::vector<MovedItem> items;
  items.push_back(
      {"", {{"keyring", "LOCAL:/keyrings/work.keyring"}}, {Secret("inner"), "text/plain"}});
  items.push_back({"", {{"app_id", "org.example.App"}}, {Secret("portal"), "text/plain"}});
  items.push_back({"", {{"user", "jo"}}, {Secret("no password"), "text/plain"}});
  passwords.learn(items);
  Lock work{"inner"}, app{"portal"}, other{"inner"};
  EXPECT_TRUE(open(passwords, work, password_key_of("/home/jo/keyrings/work.keyring")));
  EXPECT_EQ(work.tried, (std::vector<std::string>{"", "inner"}));
  const std::string sandboxed = "/home/jo/.var/app/org.example.App/data/keyrings/default.keyring";
  EXPECT_TRUE(open(passwords, app, password_key_of(sandboxed)));
  EXPECT_FALSE(open(passwords, other, password_key_of("/home/jo/keyrings/other.keyring")));
}

}  // namespace
}  // namespace cli
