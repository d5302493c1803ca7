// A secret in this process's memory: moved, never copied, and wiped when it goes.
#pragma once

#include <string.h>

#include <utility>

#include "base/bytes.h"

namespace cli {

class Secret {
 public:
  Secret() = default;
  explicit Secret(base::ByteView bytes) : bytes_(base::copy_of(bytes)) {}
  explicit Secret(std::string_view text) : Secret(base::bytes_of(text)) {}
  static Secret zeros(std::size_t size) {
    Secret made;
    made.bytes_.resize(size);
    return made;
  }

  Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Secret& operator=(Secret&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Secret() { shrink(0); }

  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  base::ByteView view() const { return bytes_; }
  base::MutableBytes writable() { return bytes_; }
  std::string_view text() const { return base::text_of(bytes_); }

  // Grows into fresh memory, so that no unwiped copy stays behind.
  void append(base::ByteView more) {
    Secret grown = zeros(size() + more.size());
    std::copy(bytes_.begin(), bytes_.end(), grown.bytes_.begin());
    std::copy(more.begin(), more.end(), grown.bytes_.begin() + static_cast<std::ptrdiff_t>(size()));
    *this = std::move(grown);
  }
  // Wipes and forgets what is past the first `size` bytes.
  void shrink(std::size_t size) {
    if (size == bytes_.size()) return;  // perhaps without any memory
    ::explicit_bzero(bytes_.data() + size, bytes_.size() - size);
    bytes_.resize(size);
  }

 private:
  base::Bytes bytes_;
};

}  // namespace cli
