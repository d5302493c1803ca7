#include "cli/moving/passwords.h"

#include <fmt/format.h>

#include "cli/terminal.h"

namespace cli {
namespace {

constexpr const char* kKeyring = "keyring";  // gnome-keyring: LOCAL:/keyrings/NAME.keyring
constexpr const char* kApplication = "app_id";
constexpr std::size_t kPortalPassword = 64;  // bytes of any value

bool is_refusal(const base::Outcome& outcome) {
  return !outcome && outcome.error().code == base::Code::wrong_password;
}

}  // namespace

Attributes password_key_of(const std::string& path) {
  constexpr std::string_view sandboxes = "/.var/app/";
  if (const std::size_t at = path.find(sandboxes); at != path.npos) {
    const std::string rest = path.substr(at + sandboxes.size());
    return {{kApplication, rest.substr(0, rest.find('/'))}};
  }
  if (path.ends_with(".keyring"))
    return {{kKeyring, "LOCAL:/keyrings/" + path.substr(path.rfind('/') + 1)}};
  return {};
}

void Passwords::learn(const Attributes& key, base::ByteView password) {
  known_.push_back({key, Secret(password)});
}

void Passwords::learn(const std::vector<MovedItem>& items) {
  for (const MovedItem& item : items)
    for (const char* name : {kKeyring, kApplication})
      if (const auto found = item.attributes.find(name); found != item.attributes.end())
        learn({{name, found->second}}, item.secret.bytes.view());
}

base::Outcome Passwords::open_with_known(const Attributes& key, const Attempt& attempt) {
  auto outcome = attempt(Secret());
  for (std::size_t i = 0; i < known_.size() && is_refusal(outcome); ++i)
    if (known_[i].key.empty() || known_[i].key == key) outcome = attempt(known_[i].password);
  return outcome;
}

base::Outcome Passwords::open(const std::string& what, const Attributes& key,
                              const Attempt& attempt) {
  auto outcome = open_with_known(key, attempt);
  if (!is_refusal(outcome)) return outcome;
  return is_terminal(fd_) ? ask(what, attempt) : try_given(attempt);
}

base::Outcome Passwords::try_given(const Attempt& attempt) {
  const auto refused = [] {
    return base::fail(base::Code::wrong_password, "none of the given passwords opens it");
  };
  if (std::exchange(was_read_, true)) return refused();
  auto input = read_input(fd_);
  if (!input) return base::fail(input.error());
  const std::size_t before = known_.size();
  if (input->size() == kPortalPassword) learn({}, input->view());  // which may hold line breaks
  for (std::string_view rest = input->text(); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    learn({}, base::bytes_of(rest.substr(0, end)));
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  for (std::size_t i = before; i < known_.size(); ++i)
    if (auto outcome = attempt(known_[i].password); !is_refusal(outcome)) return outcome;
  return refused();
}

base::Outcome Passwords::ask(const std::string& what, const Attempt& attempt) {
  constexpr int kTries = 3;
  base::Outcome outcome = base::Ok{};
  for (int i = 0; i < kTries; ++i) {
    auto password =
        ask_hidden(fmt::format("{}Password of {}: ", i ? "That was wrong. " : "", what));
    if (!password) return base::fail(password.error());
    outcome = attempt(*password);
    if (is_refusal(outcome)) continue;
    if (outcome) learn({}, password->view());
    return outcome;
  }
  return outcome;
}

}  // namespace cli
