// Imports what python-keyring-keyutils keeps in the kernel: "user" keys called SERVICE:USERNAME in
// a keyring of that name within the session's. They become what python-keyring finds in the Secret
// Service.
#include <fmt/format.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "cli/moving/source.h"

namespace cli {
namespace {

constexpr const char* kKeyring = "python-keyring-keyutils";
using Serial = std::int32_t;  // of a key

long keyctl(int operation, long a, const void* b = nullptr, const void* c = nullptr) {
  return ::syscall(SYS_keyctl, operation, a, b, c, 0L);
}

// -1 when there is none, or the kernel has no keys at all.
Serial find_keyring() {
  return static_cast<Serial>(keyctl(KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "keyring", kKeyring));
}

// All that `operation` tells of a key. It may grow between the question for its size and the
// answer.
base::Result<Secret> told(int operation, Serial key) {
  Secret text;
  for (long size = keyctl(operation, key);;) {
    if (size < 0) return base::system_failure(errno, "the kernel does not tell");
    if (static_cast<std::size_t>(size) <= text.size()) {
      text.shrink(static_cast<std::size_t>(size));
      return text;
    }
    text = Secret::zeros(static_cast<std::size_t>(size));
    size = ::syscall(SYS_keyctl, operation, key, text.writable().data(), text.size(), 0L);
  }
}

// The description is "TYPE;UID;GID;PERMISSIONS;NAME", and a NUL. Empty for other types.
std::string user_key_name(std::string_view description) {
  while (description.ends_with('\0')) description.remove_suffix(1);
  if (!description.starts_with("user;")) return {};
  for (int i = 0; i < 4 && !description.empty(); ++i)
    description.remove_prefix(std::min(description.size(), description.find(';') + 1));
  return std::string(description);
}

base::Outcome add_key(Haul& haul, Serial key) {
  auto description = told(KEYCTL_DESCRIBE, key);
  if (!description) return base::fail(description.error());
  const std::string name = user_key_name(description->text());
  const std::size_t colon = name.rfind(':');  // services may be addresses, which have colons too
  if (colon == name.npos) return base::Ok{};  // somebody else's
  if (!base::is_utf8(name)) return base::fail(base::Code::damaged, "its name is not UTF-8");
  auto secret = told(KEYCTL_READ, key);
  if (!secret) return base::fail(secret.error());
  const std::string service = name.substr(0, colon), user = name.substr(colon + 1);
  MovedItem item;
  item.label = fmt::format("Password for '{}' on '{}'", user, service);
  item.attributes = {
      {"application", "Python keyring library"}, {"service", service}, {"username", user}};
  item.secret.bytes = *std::move(secret);
  haul.items.push_back(std::move(item));
  return base::Ok{};
}

}  // namespace

bool has_kernel_keyring() { return find_keyring() >= 0; }

base::Result<Haul> read_kernel_keyring() {
  const Serial keyring = find_keyring();
  if (keyring < 0)
    return base::fail(base::Code::unavailable,
                      fmt::format("the kernel has no keyring \"{}\" for this session", kKeyring));
  auto content = told(KEYCTL_READ, keyring);
  if (!content) return base::fail(content.error());
  Haul haul;
  haul.format = "kernel";
  std::vector<Serial> keys(content->size() / sizeof(Serial));
  std::memcpy(keys.data(), content->view().data(), keys.size() * sizeof(Serial));
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (auto added = add_key(haul, keys[i]); !added)
      haul.losses.push_back({i, "key", added.error().what});
  return haul;
}

}  // namespace cli
