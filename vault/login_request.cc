#include "vault/login_request.h"

namespace vault {
namespace {

using login::Operation;
using login::Result;

// gnome-keyring's control socket: a byte for credentials, the length of all that follows it, the
// operation, and strings with their lengths. Big-endian.
constexpr std::size_t kLengthEnd = 5;  // where the length is known
constexpr std::size_t kHead = 9;
constexpr std::uint32_t kUnlock = 1;
constexpr std::uint32_t kChange = 2;

std::uint32_t number(base::ByteView bytes) {
  std::uint32_t value = 0;
  for (const std::byte byte : bytes.first(4)) value = value << 8 | std::to_integer<unsigned>(byte);
  return value;
}

// Takes a string off the front of `rest`; nothing unless it is a password.
std::optional<base::ByteView> take_password(base::ByteView& rest) {
  if (rest.size() < 4) return {};
  const std::size_t size = number(rest);
  rest = rest.subspan(4);
  if (size == 0 || size > login::kMaxPassword || size > rest.size()) return {};
  const base::ByteView password = rest.first(size);
  rest = rest.subspan(size);
  return password;
}

std::optional<std::size_t> size_of_foreign(base::ByteView bytes) {
  if (!bytes.empty() && bytes.front() != std::byte{0}) return {};
  if (bytes.size() < kLengthEnd) return kHead;
  const std::size_t size = std::size_t{1} + number(bytes.subspan(1));
  if (size < kHead || size > login::kMaxRequest) return {};
  return size;
}

std::optional<login::Request> decode_foreign(base::ByteView bytes) {
  if (bytes.size() < kHead || size_of_foreign(bytes) != bytes.size()) return {};
  const std::uint32_t operation = number(bytes.subspan(kLengthEnd));
  if (operation != kUnlock && operation != kChange) return {};
  login::Request request;
  base::ByteView rest = bytes.subspan(kHead);
  request.operation = operation == kUnlock ? Operation::unlock_or_create : Operation::change;
  const auto password = take_password(rest);
  const auto changed = operation == kChange ? take_password(rest) : base::ByteView();
  if (!password || !changed || !rest.empty()) return {};
  request.password = *password;
  request.new_password = *changed;
  return request;
}

base::Bytes encode_foreign(Result result) {
  enum : unsigned { ok, denied, failed } word = failed;
  if (result == Result::unlocked || result == Result::created || result == Result::changed)
    word = ok;
  if (result == Result::wrong_password) word = denied;
  base::Bytes bytes(8);
  bytes[3] = std::byte{8};
  bytes[7] = static_cast<std::byte>(word);
  return bytes;
}

}  // namespace

std::optional<std::size_t> size_of_request(LoginProtocol protocol, base::ByteView bytes) {
  if (protocol == LoginProtocol::gnome_keyring) return size_of_foreign(bytes);
  login::RequestHeaderBytes front{};
  if (bytes.size() < front.size()) return front.size();
  std::copy_n(bytes.begin(), front.size(), front.begin());
  const auto header = login::decode_request_header(front);
  if (!header) return {};
  return front.size() + header->body_size();
}

std::optional<login::Request> decode_request(LoginProtocol protocol, base::ByteView bytes) {
  return protocol == LoginProtocol::gnome_keyring ? decode_foreign(bytes)
                                                  : login::decode_request(bytes);
}

base::Bytes encode_answer(LoginProtocol protocol, login::Result result) {
  if (protocol == LoginProtocol::gnome_keyring) return encode_foreign(result);
  const auto bytes = login::encode(result);
  return {bytes.begin(), bytes.end()};
}

}  // namespace vault
