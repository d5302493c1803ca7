// The login protocols' parsers: what they accept is within the bounds; of our own, it encodes to
// itself.
#include <cstdlib>
#include <cstring>

#include "vault/login_request.h"

namespace {

// What LoginExchange does with bytes that arrive one by one.
void read_in_steps(vault::LoginProtocol protocol, base::ByteView bytes) {
  for (std::size_t used = 0; used <= bytes.size(); ++used) {
    const auto size = vault::size_of_request(protocol, bytes.first(used));
    if (!size) return;
    if (*size > login::kMaxRequest || *size < used) std::abort();
    if (*size > used) continue;
    const auto request = vault::decode_request(protocol, bytes.first(used));
    if (!request) return;
    if (request->password.empty() || request->password.size() > login::kMaxPassword) std::abort();
    const bool changes = request->operation == login::Operation::change;
    if (changes == request->new_password.empty()) std::abort();
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  read_in_steps(vault::LoginProtocol::own, bytes);
  read_in_steps(vault::LoginProtocol::gnome_keyring, bytes);
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
