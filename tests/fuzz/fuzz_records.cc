// What the vault finds in storage once it is decrypted, or before it can be: each record is decoded
// to what encodes to the same bytes, or not at all.
#include <cstdlib>

#include "vault/locators.h"
#include "vault/records.h"

namespace {

template <class Record>
void check(base::ByteView bytes) {
  const auto record = ipc::decode<Record>(bytes);
  if (!record) return;
  const base::Bytes again = ipc::encode(*record);
  if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
}

}  // namespace

// The first byte says which record the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto rest = std::as_bytes(std::span(data + 1, size - 1));
  switch (data[0] % 5) {
    case 0:
      check<vault::Header>(rest);
      break;
    case 1:
      check<vault::Manifest>(rest);
      break;
    case 2:
      check<vault::ItemDetails>(rest);
      break;
    case 4:
      check<vault::KeptKey>(rest);
      break;
    default:
      const auto locators = vault::split(rest);
      if (locators.size() > rest.size() / 16) std::abort();
  }
  return 0;
}
