// The store protocol's decoders.
#include "ipc/store_protocol.h"
#include "tests/fuzz/decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::decode_one<ipc::store::Protocol>(fuzz::view_of(data, size));
  return 0;
}
