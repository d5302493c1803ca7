#include "vault/locator_key.h"

#include <unistd.h>

#include <cerrno>

namespace vault {

base::Result<SecretBytes> read_locator_key(const base::UniqueFd& file, Arena& arena) {
  constexpr ssize_t kSize = 32;
  auto buffer = SecretBytes::make(arena, kSize + 1);
  if (!buffer) return buffer;
  const ssize_t got = ::read(file.get(), buffer->expose().data(), kSize + 1);
  if (got < 0) return base::system_failure(errno, "cannot read locator.key");
  buffer->shrink(kSize);
  if (got == kSize) return buffer;
  if (got != 0)
    return base::fail(
        base::Code::damaged,
        "locator.key is damaged (it should be 32 bytes); move it away, and a new one is made");
  randombytes_buf(buffer->expose().data(), kSize);
  if (::write(file.get(), buffer->expose().data(), kSize) != kSize || ::fsync(file.get()) < 0)
    return base::system_failure(errno, "cannot write locator.key");
  return buffer;
}

}  // namespace vault
