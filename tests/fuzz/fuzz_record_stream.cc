// What the vault reads of coffer-formats when it imports a keyring: in pieces of any size, and
// never more than is sent. A key is made for bounded questions alone, and once.
//
// Input: u8 size of the pieces | frames
#include <sodium.h>

#include <cstdlib>

#include "vault/file_key.h"
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
  int keys = 0;
  const auto on_key_wanted = [&](transfer::KeyWanted wanted) {
    require(++keys == 1 && secrets == 0);
    const auto key = vault::FileKey::make(*arena, wanted, base::bytes_of("password"));
    if (!key) return base::Outcome(base::fail(key.error()));
    require(wanted.rounds >= 1000 && wanted.rounds <= vault::FileKey::kMostRounds);
    require(wanted.salt.value.size() >= 8 && wanted.salt.value.size() <= 64);
    return base::Outcome(base::Ok{});
  };
  const auto on_item = [&](const auto& details, auto secret) {
    require(ipc::Codec<vault::ItemDetails>::fits(details) && secret.size() <= ipc::kMaxSecret);
    secrets += secret.size();
    return base::Outcome(base::Ok{});
  };
  auto stream = vault::RecordStream::make(*arena, on_key_wanted, on_item);
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
