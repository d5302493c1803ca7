// Bytes that must never be swapped, dumped, logged, copied or left behind.
#pragma once

#include <sodium.h>

#include <utility>

#include "vault/arena.h"

namespace vault {

// Lives in an arena, which must outlive it; wiped when it goes. The sole way to the bytes is
// expose(), which greps.
class SecretBytes {
 public:
  SecretBytes() = default;

  // Uninitialised; fails with limits_exceeded when the arena is full.
  static base::Result<SecretBytes> make(Arena& arena, std::size_t size) {
    auto block = arena.allocate(size);
    if (!block) return base::fail(block.error());
    return SecretBytes(arena, *block);
  }
  static base::Result<SecretBytes> copy(Arena& arena, base::ByteView bytes) {
    auto made = make(arena, bytes.size());
    if (made) std::copy(bytes.begin(), bytes.end(), made->bytes_.begin());
    return made;
  }

  SecretBytes(SecretBytes&& other) noexcept
      : arena_(std::exchange(other.arena_, nullptr)),
        bytes_(std::exchange(other.bytes_, {})),
        visible_(std::exchange(other.visible_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    SecretBytes taken(std::move(other));
    std::swap(arena_, taken.arena_);
    std::swap(bytes_, taken.bytes_);
    std::swap(visible_, taken.visible_);
    return *this;
  }
  ~SecretBytes() {
    if (arena_) arena_->release(bytes_);
  }

  std::size_t size() const { return visible_; }
  // Wipes and hides what is past the first `size` bytes.
  void shrink(std::size_t size) {
    sodium_memzero(bytes_.data() + size, bytes_.size() - size);
    visible_ = size;
  }
  base::MutableBytes expose() { return bytes_.first(visible_); }
  base::ByteView expose() const { return bytes_.first(visible_); }

  friend bool operator==(const SecretBytes& a, const SecretBytes& b) {
    return a.size() == b.size() && sodium_memcmp(a.bytes_.data(), b.bytes_.data(), a.size()) == 0;
  }

 private:
  SecretBytes(Arena& arena, base::MutableBytes bytes)
      : arena_(&arena), bytes_(bytes), visible_(bytes.size()) {}

  Arena* arena_ = nullptr;
  base::MutableBytes bytes_;  // the whole block, as the arena gave it
  std::size_t visible_ = 0;
};

}  // namespace vault
