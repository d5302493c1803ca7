// The passwords of what is imported: those that were found, and those that the user gives.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/moving/haul.h"

namespace cli {

class Passwords {
 public:
  // From `fd`: a terminal is asked when a password is needed; of anything else, each line is one.
  explicit Passwords(int fd) : fd_(fd) {}

  // Keeps the passwords of other keyrings that are among these items: gnome-keyring stores them
  // with an attribute "keyring", and the Secret portal those of sandboxed applications with
  // "app_id".
  void learn(const std::vector<MovedItem>& items);
  void learn(const Attributes& key, base::ByteView password);

  // Calls `attempt` with one password after another until it is not refused with
  // Code::wrong_password: none, those found under `key`, those used before, and those that the user
  // gives for `what`: on a terminal at most three.
  using Attempt = std::function<base::Outcome(const Secret& password)>;
  base::Outcome open(const std::string& what, const Attributes& key, const Attempt& attempt);
  // The same, without asking the user.
  base::Outcome open_with_known(const Attributes& key, const Attempt& attempt);

 private:
  struct Known {
    Attributes key;  // empty: for anything
    Secret password;
  };
  base::Outcome try_given(const Attempt& attempt);
  base::Outcome ask(const std::string& what, const Attempt& attempt);

  int fd_;
  bool was_read_ = false;  // of the descriptor, when it is no terminal
  std::vector<Known> known_;
};

// The attributes under which the password of this keyring file may be stored: empty when none.
Attributes password_key_of(const std::string& path);

}  // namespace cli
