// The login protocol: what pam_coffer.so says to the daemon, and what it is answered.
//
// One request a connection, on the stream socket /run/user/UID/coffer/pam.sock. The vault reads the
// request from the descriptor that the frontend accepted, and writes the answer to it. All integers
// are little-endian; one request or answer has one encoding. This header depends on the standard
// library alone, because the module is loaded into other people's programs.
//
// The module believes nothing of an answer but its result, and that only for its log. The daemon
// believes SO_PEERCRED: root or its own user may ask, nobody else.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace login {

inline constexpr char kSocketDirectory[] = "coffer";  // in /run/user/UID, mode 0700
inline constexpr char kSocketName[] = "pam.sock";
inline constexpr std::size_t kMaxPassword = 4096;  // bytes; a password is never empty
inline constexpr std::uint16_t kVersion = 1;

enum class Operation : std::uint16_t {
  // Open the collection `login` with this password. Never creates it: a screen locker's request, or
  // one that is made before the login is certain.
  unlock = 1,
  // The same, and create the collection when there is none. Only of a login that was let in.
  unlock_or_create = 2,
  // Let the collection be opened by the new password instead of the old one.
  change = 3,
};

enum class Result : std::uint16_t {
  unlocked = 1,  // it is open, and the password is right, even when it was open before
  created = 2,   // there was none; now it is there and open
  changed = 3,
  wrong_password = 4,  // everything is as it was
  no_collection = 5,   // there is no collection `login` to unlock or to change
  busy = 6,            // with another login's request; ask again later
  failed = 7,          // the daemon's log has the reason; everything is as it was
};

// Followed by the password and then, in `change` alone, the new password.
struct RequestHeader {
  Operation operation = Operation::unlock;
  std::uint32_t password_size = 0;
  std::uint32_t new_password_size = 0;

  constexpr std::size_t body_size() const { return password_size + new_password_size; }
  friend constexpr bool operator==(const RequestHeader&, const RequestHeader&) = default;
};

// magic u32 | version u16 | operation u16 | password size u32 | new password size u32
using RequestHeaderBytes = std::array<std::byte, 16>;
// magic u32 | version u16 | result u16
using AnswerBytes = std::array<std::byte, 8>;

inline constexpr std::size_t kMaxRequest = sizeof(RequestHeaderBytes) + 2 * kMaxPassword;

namespace wire {

inline constexpr std::uint32_t kRequestMagic = 0x514c4643;  // "CFLQ"
inline constexpr std::uint32_t kAnswerMagic = 0x414c4643;   // "CFLA"

constexpr void put(std::span<std::byte> to, std::uint32_t value) {
  for (std::byte& byte : to) {
    byte = static_cast<std::byte>(value & 0xff);
    value >>= 8;
  }
}

constexpr std::uint32_t get(std::span<const std::byte> from) {
  std::uint32_t value = 0;
  for (std::size_t i = from.size(); i-- > 0;)
    value = (value << 8) | std::to_integer<std::uint32_t>(from[i]);
  return value;
}

constexpr bool is_size(std::uint32_t size) { return size >= 1 && size <= kMaxPassword; }

constexpr bool is_valid(const RequestHeader& header) {
  switch (header.operation) {
    case Operation::unlock:
    case Operation::unlock_or_create:
      return is_size(header.password_size) && header.new_password_size == 0;
    case Operation::change:
      return is_size(header.password_size) && is_size(header.new_password_size);
  }
  return false;
}

}  // namespace wire

constexpr RequestHeaderBytes encode(const RequestHeader& header) {
  RequestHeaderBytes bytes{};
  const std::span<std::byte> all(bytes);
  wire::put(all.subspan(0, 4), wire::kRequestMagic);
  wire::put(all.subspan(4, 2), kVersion);
  wire::put(all.subspan(6, 2), static_cast<std::uint32_t>(header.operation));
  wire::put(all.subspan(8, 4), header.password_size);
  wire::put(all.subspan(12, 4), header.new_password_size);
  return bytes;
}

// Nothing for bytes that no `encode` of a valid header makes: the connection is then closed. What
// is accepted has a body of at most 2 * kMaxPassword bytes.
constexpr std::optional<RequestHeader> decode_request_header(const RequestHeaderBytes& bytes) {
  const std::span<const std::byte> all(bytes);
  if (wire::get(all.subspan(0, 4)) != wire::kRequestMagic) return {};
  if (wire::get(all.subspan(4, 2)) != kVersion) return {};
  const RequestHeader header{static_cast<Operation>(wire::get(all.subspan(6, 2))),
                             wire::get(all.subspan(8, 4)), wire::get(all.subspan(12, 4))};
  if (!wire::is_valid(header)) return {};
  return header;
}

// A whole request; views of the bytes it was read from.
struct Request {
  Operation operation = Operation::unlock;
  std::span<const std::byte> password;
  std::span<const std::byte> new_password;
};

// Nothing unless the bytes are one request, to the last byte.
constexpr std::optional<Request> decode_request(std::span<const std::byte> bytes) {
  RequestHeaderBytes front{};
  if (bytes.size() < front.size()) return {};
  std::copy_n(bytes.begin(), front.size(), front.begin());
  const auto header = decode_request_header(front);
  const auto body = bytes.subspan(front.size());
  if (!header || body.size() != header->body_size()) return {};
  return Request{header->operation, body.first(header->password_size),
                 body.subspan(header->password_size)};
}

constexpr AnswerBytes encode(Result result) {
  AnswerBytes bytes{};
  const std::span<std::byte> all(bytes);
  wire::put(all.subspan(0, 4), wire::kAnswerMagic);
  wire::put(all.subspan(4, 2), kVersion);
  wire::put(all.subspan(6, 2), static_cast<std::uint32_t>(result));
  return bytes;
}

constexpr std::optional<Result> decode_answer(const AnswerBytes& bytes) {
  const std::span<const std::byte> all(bytes);
  if (wire::get(all.subspan(0, 4)) != wire::kAnswerMagic) return {};
  if (wire::get(all.subspan(4, 2)) != kVersion) return {};
  const auto result = static_cast<Result>(wire::get(all.subspan(6, 2)));
  if (result < Result::unlocked || result > Result::failed) return {};
  return result;
}

}  // namespace login
