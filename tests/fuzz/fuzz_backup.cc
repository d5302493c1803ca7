// The reader of backup files. What is accepted is written again as exactly the same bytes.
//
// Input: u8 | bytes, which are
//   0          a file
//   1          a header without its checksum, and what follows it: a fuzzer would never hit on one
//   otherwise  what a file encrypts
#include <sodium.h>

#include <algorithm>
#include <cstdlib>

#include "backup/content.h"
#include "backup/envelope.h"

namespace {

constexpr std::size_t kHeader = 116;
constexpr std::size_t kChecksum = 16;
constexpr backup::Cost cheap{2, 64};

void require(bool condition) {
  if (!condition) std::abort();
}

void open(base::ByteView file) {
  const transfer::RecoveryKey key{};
  const auto content = backup::open(file, {base::bytes_of("correct horse"), key}, cheap);
  require(!content || content->size() < file.size());
  if (content) static_cast<void>(backup::decode(*content));
}

base::Bytes with_checksum(base::ByteView input) {
  base::Bytes file = base::copy_of(input);
  if (file.size() < kHeader - kChecksum) return file;
  std::array<std::byte, kChecksum> checksum;
  ::crypto_generichash(base::u8(base::MutableBytes(checksum)), kChecksum,
                       base::u8(base::ByteView(file)), kHeader - kChecksum, nullptr, 0);
  file.insert(file.begin() + (kHeader - kChecksum), checksum.begin(), checksum.end());
  return file;
}

void decode(base::ByteView content) {
  const auto held = backup::decode(content);
  if (!held) return;
  const auto again = backup::encode(*held);
  require(again && std::ranges::equal(*again, content));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const base::ByteView input = std::as_bytes(std::span(data + 1, size - 1));
  if (data[0] == 0)
    open(input);
  else if (data[0] == 1)
    open(with_checksum(input));
  else
    decode(input);
  return 0;
}
