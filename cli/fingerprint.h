// Knows bytes again without keeping them.
#pragma once

#include <array>
#include <compare>

#include "cli/secret.h"

namespace cli {

// HMAC-SHA-256 under a key of this process: of no use to anybody who gets hold of it later.
class Fingerprints {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  Fingerprints();
  Digest digest_of(base::ByteView bytes) const;

 private:
  Secret key_;
};

}  // namespace cli
