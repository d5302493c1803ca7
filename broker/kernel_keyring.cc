#include "broker/kernel_keyring.h"

#include <fmt/format.h>
#include <linux/keyctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <type_traits>

#include "base/log.h"

namespace broker {
namespace {

using ipc::store::Row;

constexpr std::uint32_t kPossessorAlone = 0x3f000000;  // KEY_POS_ALL of keyutils.h
constexpr std::size_t kMaxUserKey = 32'767;            // bytes; keyrings(7)
constexpr std::size_t kMaxBigKey = 1024 * 1024;
constexpr std::size_t kMaxSerials = 4096;  // looked at: a keyring that others fill makes us no work

// As wide as syscall() takes them from its register.
template <class T>
auto word(T argument) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<long>(argument);
  else
    return argument;
}

long add_key(const char* type, const std::string& name, base::ByteView payload,
             std::int32_t keyring) {
  return ::syscall(SYS_add_key, type, name.c_str(), payload.data(), payload.size(), word(keyring));
}

template <class... Argument>
long keyctl(int operation, Argument... arguments) {
  return ::syscall(SYS_keyctl, word(operation), word(arguments)...);
}

long search(std::int32_t keyring, const char* type, const std::string& name) {
  return keyctl(KEYCTL_SEARCH, keyring, type, name.c_str(), 0);
}

// Nothing when it cannot be read, is longer than `most` bytes, or grew in the meantime.
std::optional<base::Bytes> payload_of(std::int32_t key, std::size_t most) {
  const long size = keyctl(KEYCTL_READ, key, static_cast<void*>(nullptr), 0);
  if (size < 0 || static_cast<std::size_t>(size) > most) return std::nullopt;
  base::Bytes payload(static_cast<std::size_t>(size));
  const long got = keyctl(KEYCTL_READ, key, payload.data(), payload.size());
  if (got < 0 || static_cast<std::size_t>(got) > payload.size()) return std::nullopt;
  payload.resize(static_cast<std::size_t>(got));
  return payload;
}

// The keys that are linked in a keyring, ascending.
std::optional<std::vector<std::int32_t>> keys_in(std::int32_t keyring) {
  const auto payload = payload_of(keyring, kMaxSerials * sizeof(std::int32_t));
  if (!payload) return std::nullopt;
  std::vector<std::int32_t> serials(payload->size() / sizeof(std::int32_t));
  std::memcpy(serials.data(), payload->data(), serials.size() * sizeof(std::int32_t));
  std::sort(serials.begin(), serials.end());
  return serials;
}

// A search goes on into keyrings that are linked in there, such as the user's: what is found in
// those would not vanish at logout.
std::optional<std::int32_t> find_right_in(std::int32_t keyring, const std::string& name) {
  const long found = search(keyring, "keyring", name);
  if (found <= 0) return std::nullopt;
  const auto serials = keys_in(keyring);
  const auto serial = static_cast<std::int32_t>(found);
  if (!serials || !std::binary_search(serials->begin(), serials->end(), serial))
    return std::nullopt;
  return serial;
}

base::Failure<base::Error> no_session(std::string_view why) {
  return base::fail(
      base::Code::not_supported,
      fmt::format("session items are kept in memory alone, whatever session.backing says: {}",
                  why));
}

std::string cause(int error_number) {
  switch (error_number) {
    case EDQUOT:
      return "the kernel's quota of keys is full (kernel.keys.maxkeys, kernel.keys.maxbytes)";
    case EMSGSIZE:
      return "it is larger than the kernel lets a key be";
    case ENOKEY:
    case EKEYREVOKED:
    case EKEYEXPIRED:
      return "the keyring is gone; restart cofferd in a login session";
    default:
      return ::strerrordesc_np(error_number);
  }
}

}  // namespace

std::string KernelKeyring::name_for(const std::string& data_directory) {
  struct stat place {};
  ::stat(data_directory.c_str(), &place);
  return fmt::format("coffer-session-{:x}-{:x}", place.st_dev, place.st_ino);
}

base::Result<KernelKeyring> KernelKeyring::open(const std::string& name) {
  const long session = keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
  if (session < 0) return no_session(::strerrordesc_np(errno));
  // Where no login made a session keyring, the kernel takes the user's in its place.
  if (session == keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_SESSION_KEYRING, 0))
    return no_session("this process has no session keyring; pam_keyinit makes one at login");
  const auto found = find_right_in(static_cast<std::int32_t>(session), name);
  const long keyring =
      found ? *found : add_key("keyring", name, {}, static_cast<std::int32_t>(session));
  if (keyring < 0) return no_session(cause(errno));
  if (keyctl(KEYCTL_SETPERM, keyring, kPossessorAlone) < 0)
    return no_session(::strerrordesc_np(errno));
  // An empty one is refused, and differently where the kernel does not know the type.
  const long probe = add_key("big_key", "?", {}, static_cast<std::int32_t>(keyring));
  return KernelKeyring(static_cast<Serial>(keyring), probe < 0 && errno == EINVAL);
}

KernelKeyring::KernelKeyring(Serial keyring, bool has_big_keys)
    : keyring_(keyring),
      type_(has_big_keys ? "big_key" : "user"),
      max_size_(has_big_keys ? kMaxBigKey : kMaxUserKey) {}

base::Outcome KernelKeyring::keep(const Row& row) {
  const base::Bytes payload = ipc::encode(row);
  int error_number = EMSGSIZE;
  if (payload.size() <= max_size_) {
    const long key = add_key(type_, std::to_string(row.number), payload, keyring_);
    error_number = key < 0 ? errno : 0;
    if (key >= 0 && keyctl(KEYCTL_SETPERM, key, kPossessorAlone) < 0) error_number = errno;
  }
  if (error_number == 0) return base::Ok{};
  if (auto forgotten = forget(row.number); !forgotten) return forgotten;
  return failed("a session item is kept in memory alone, until cofferd ends", error_number);
}

base::Outcome KernelKeyring::forget(std::uint64_t number) {
  const long key = search(keyring_, type_, std::to_string(number));
  if (key < 0 && errno == ENOKEY) return base::Ok{};
  if (key < 0 || keyctl(KEYCTL_INVALIDATE, key) < 0)
    return failed("an earlier state of a session item cannot be removed from the kernel keyring",
                  errno);
  keyctl(KEYCTL_UNLINK, key, keyring_);  // which the kernel would do, some time
  return base::Ok{};
}

base::Failure<base::Error> KernelKeyring::failed(std::string_view what, int error_number) {
  const std::string words = fmt::format("{}: {}", what, cause(error_number));
  if (named_.insert(words).second) base::log::warning("{}", words);
  return base::fail(error_number == EDQUOT ? base::Code::no_space : base::Code::io, words);
}

base::Result<ipc::store::LoadSessionRows::Reply> KernelKeyring::rows_after(
    std::uint64_t after) const {
  const auto serials = keys_in(keyring_);
  if (!serials)
    return base::fail(base::Code::io, "the session items that were kept cannot be read");
  ipc::store::LoadSessionRows::Reply reply;
  std::size_t size = 0;
  for (const Serial serial : *serials) {
    if (serial <= 0 || static_cast<std::uint64_t>(serial) <= after) continue;
    const auto payload = payload_of(serial, max_size_);
    auto row = payload ? ipc::decode<Row>(*payload) : std::nullopt;
    size += row ? ipc::Codec<Row>::size(*row) : 0;
    reply.more = size > ipc::Codec<ipc::store::Rows>::most_bytes;
    if (reply.more) break;
    reply.last = static_cast<std::uint64_t>(serial);
    if (row) reply.rows.items.push_back(*std::move(row));
  }
  return reply;
}

}  // namespace broker
