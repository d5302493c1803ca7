// Imports a file: opened here, parsed by coffer-formats.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "cli/moving/helper.h"
#include "cli/moving/source.h"
#include "cli/terminal.h"

namespace cli {
namespace {

base::Result<base::UniqueFd> open_file(const std::string& path) {
  base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return base::system_failure(errno, fmt::format("{} cannot be read", path));
  struct stat status {};
  ::fstat(file.get(), &status);
  if (!S_ISREG(status.st_mode))
    return base::fail(base::Code::invalid, fmt::format("{} is no file", path));
  return file;
}

// Of a wallet: what lies beside it. Empty when nothing does.
base::Result<Secret> read_salt(const std::string& path) {
  if (!path.ends_with(".kwl")) return Secret();
  const base::UniqueFd file(
      ::open((path.substr(0, path.size() - 3) + "salt").c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Secret();
  return read_input(file.get());
}

const char* word_for(formats::Format format) {
  switch (format) {
    case formats::Format::gnome_keyring_binary:
      return "gnome-keyring";
    case formats::Format::gnome_keyring_text:
      return "gnome-keyring-text";
    case formats::Format::libsecret_file:
      return "libsecret";
    case formats::Format::kwallet:
      return "kwallet";
    case formats::Format::json:
      return "json";
    case formats::Format::csv:
      return "csv";
    case formats::Format::gnome_keyring_objects:
    case formats::Format::unknown:
      break;
  }
  return "unknown";
}

MovedItem moved(transfer::Record record) {
  MovedItem item;
  item.label = std::move(record.label.value);
  for (transfer::Attribute& attribute : record.attributes.items)
    item.attributes.emplace(std::move(attribute.name.value), std::move(attribute.value.value));
  item.secret.bytes = Secret(record.secret.value);
  item.secret.content_type = std::move(record.content_type.value);
  return item;
}

Haul haul_of(transfer::Document document) {
  Haul haul;
  haul.format = word_for(document.start.format);
  haul.label = std::move(document.start.label.value);
  for (transfer::Record& record : document.records) haul.items.push_back(moved(std::move(record)));
  for (transfer::Damage& damage : document.damages)
    haul.losses.push_back(
        {damage.item.value, std::move(damage.what.value), std::move(damage.why.value)});
  return haul;
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
