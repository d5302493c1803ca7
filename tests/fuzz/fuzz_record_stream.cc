// What the vault reads of coffer-formats when it imports a keyring: in pieces of any size, and
// never more than is sent.
//
// Input: u8 size of the pieces | frames
#include <sodium.h>

#include <cstdlib>

#include "vault/record_stream.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = sodium_init() >= 0;
  static const auto arena = *vault::Arena::create();
  require(ready);
  if (size == 0) return 0;
  base::ByteView frames = std::as_bytes(std::span(data + 1, size - 1));
  std::size_t secrets = 0;
  auto stream = vault::RecordStream::make(*arena, [&](const auto& details, auto secret) {
    require(ipc::Codec<vault::ItemDetails>::fits(details) && secret.size() <= ipc::kMaxSecret);
    secrets += secret.size();
    return base::Outcome(base::Ok{});
  });
  require(static_cast<bool>(stream));
  while (!frames.empty() && !stream->ended()) {
    const base::MutableBytes room = stream->room();
    require(!room.empty());
    const std::size_t piece =
        std::min({room.size(), frames.size(), std::size_t{1} + data[0] * std::size_t{16}});
    std::copy_n(frames.begin(), piece, room.begin());
    frames = frames.subspan(piece);
    if (!stream->took(piece)) break;
  }
  require(secrets <= size && stream->lost() <= size);
  return 0;
}
