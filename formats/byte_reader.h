// Reads big-endian fields from bytes that may end anywhere. What is not there reads as zero or
// empty, and from then on ok() is false.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace formats {

class ByteReader {
 public:
  explicit ByteReader(base::ByteView bytes) : left_(bytes) {}

  bool ok() const { return ok_; }
  base::ByteView left() const { return left_; }

  base::ByteView take(std::size_t count) {
    if (!ok_ || count > left_.size()) {
      ok_ = false;
      return {};
    }
    const base::ByteView taken = left_.first(count);
    left_ = left_.subspan(count);
    return taken;
  }

  std::uint32_t u32() {
    std::uint32_t value = 0;
    for (const std::byte byte : take(4)) value = value << 8 | std::to_integer<std::uint32_t>(byte);
    return value;
  }

  std::uint64_t u64() {
    const std::uint64_t high = u32();
    return high << 32 | u32();
  }

  // For a value that cannot be: everything after it would be misread.
  void refuse() { ok_ = false; }

  // A u32 length, 0xffffffff for none at all, and that many bytes.
  base::ByteView counted() {
    const std::uint32_t length = u32();
    return length == 0xffffffff ? base::ByteView{} : take(length);
  }

 private:
  base::ByteView left_;
  bool ok_ = true;
};

}  // namespace formats
