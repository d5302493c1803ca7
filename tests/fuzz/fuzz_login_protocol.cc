// The login protocol's parsers: what they accept is within the bounds and encodes to itself.
#include <cstdlib>
#include <cstring>

#include "pam/login_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto request = login::decode_request(bytes)) {
    const login::RequestHeader header{request->operation,
                                      static_cast<std::uint32_t>(request->password.size()),
                                      static_cast<std::uint32_t>(request->new_password.size())};
    const auto front = login::encode(header);
    if (size > login::kMaxRequest || std::memcmp(front.data(), data, front.size()) != 0)
      std::abort();
    if (request->password.data() != bytes.data() + front.size()) std::abort();
    if (front.size() + header.body_size() != size) std::abort();
  }
  login::AnswerBytes front{};
  if (size < front.size()) return 0;
  std::memcpy(front.data(), data, front.size());
  const auto result = login::decode_answer(front);
  if (result && login::encode(*result) != front) std::abort();
  return 0;
}
