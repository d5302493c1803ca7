// Writes big-endian fields into a buffer that is wiped.
#pragma once

#include <cstdint>

#include "formats/secret_buffer.h"

namespace formats {

class ByteWriter {
 public:
  void raw(base::ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void u32(std::uint32_t value) {
    for (const int shift : {24, 16, 8, 0}) out_.push_back(static_cast<std::byte>(value >> shift));
  }
  void u64(std::uint64_t value) {
    u32(static_cast<std::uint32_t>(value >> 32));
    u32(static_cast<std::uint32_t>(value));
  }
  // A u32 length and the bytes. Longer ones than a length can tell must have been refused before.
  void counted(base::ByteView bytes) {
    u32(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
  }
  void counted(std::string_view text) { counted(base::bytes_of(text)); }
  void none() { u32(0xffffffff); }
  void pad_to_multiple_of(std::size_t size) {
    while (out_.size() % size != 0) out_.push_back(std::byte{0});
  }

  SecretBuffer& out() { return out_; }

 private:
  SecretBuffer out_;
};

}  // namespace formats
