// Bytes that are wiped when they are freed, growth included. Not locked: whoever reads foreign
// files is a process that lives for one file.
#pragma once

#include <string.h>

#include <memory>

#include "base/bytes.h"

namespace formats {

template <class T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) {}

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    ::explicit_bzero(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

using SecretBuffer = std::vector<std::byte, WipingAllocator<std::byte>>;

inline SecretBuffer secret_of(base::ByteView bytes) { return {bytes.begin(), bytes.end()}; }
inline SecretBuffer secret_of(std::string_view text) { return secret_of(base::bytes_of(text)); }

}  // namespace formats
