// Imports a file: opened here, parsed by coffer-formats.
#include <fcntl.h>

#include "cli/moving/document.h"
#include "cli/moving/helper.h"
#include "cli/moving/source.h"
#include "cli/moving/whole_file.h"
#include "cli/terminal.h"

namespace cli {
namespace {

// Of a wallet: what lies beside it. Empty when nothing does.
base::Result<Secret> read_salt(const std::string& path) {
  if (!path.ends_with(".kwl")) return Secret();
  const base::UniqueFd file(
      ::open((path.substr(0, path.size() - 3) + "salt").c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Secret();
  return read_input(file.get());
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
  auto salt = read_salt(path);
  if (!salt) return base::fail(salt.error());
  const Attributes key = password_key_of(path);
  ask_target(target, key, passwords);
  std::optional<transfer::Document> document;
  const auto opened = passwords.open(path, key, [&](const Secret& password) -> base::Outcome {
    ::lseek(file->get(), 0, SEEK_SET);
    auto read = read_foreign_file(file->get(), password, salt->view());
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
