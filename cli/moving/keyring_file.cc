// Imports a file: opened here, parsed by coffer-formats.
#include <unistd.h>

#include "cli/moving/document.h"
#include "cli/moving/helper.h"
#include "cli/moving/source.h"
#include "cli/moving/whole_file.h"
#include "cli/terminal.h"

namespace cli {
namespace {

// Empty when nothing is there.
base::Result<Secret> read_if_there(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) return Secret();
  auto file = open_file(path);
  if (!file) return base::fail(file.error().code, path + ": " + file.error().what);
  return read_input(file->get());
}

base::Result<Companions> read_companions(const std::string& path) {
  constexpr std::string_view wallet = ".kwl";
  if (!path.ends_with(wallet)) return Companions();
  const std::string name = path.substr(0, path.size() - wallet.size());
  auto salt = read_if_there(name + ".salt");
  if (!salt) return base::fail(salt.error());
  auto attributes = read_if_there(name + "_attributes.json");
  if (!attributes) return base::fail(attributes.error());
  return Companions{*std::move(salt), *std::move(attributes)};
}

// What the target keeps under this key: the password of a keyring that was imported before.
void ask_target(SecretService& target, const Attributes& key, Passwords& passwords) {
  if (key.empty()) return;
  const auto found = target.search(key);
  if (!found) return;
  for (const std::string& path : found->unlocked)
    if (auto secret = target.secret(path)) passwords.learn(key, secret->bytes.view());
}

}  // namespace

base::Result<Haul> read_keyring_file(const std::string& path, Passwords& passwords,
                                     SecretService& target) {
  auto file = open_file(path);
  if (!file) return base::fail(file.error());
  const auto beside = read_companions(path);
  if (!beside) return base::fail(beside.error());
  const Attributes key = password_key_of(path);
  ask_target(target, key, passwords);
  std::optional<transfer::Document> document;
  const auto opened = passwords.open(path, key, [&](const Secret& password) -> base::Outcome {
    ::lseek(file->get(), 0, SEEK_SET);
    auto read = read_foreign_file(file->get(), password, *beside);
    if (!read) return base::fail(read.error());
    document = *std::move(read);
    return base::Ok{};
  });
  if (!opened) return base::fail(opened.error());
  Haul haul = haul_of(*std::move(document));
  passwords.learn(haul.items);
  return haul;
}

}  // namespace cli
