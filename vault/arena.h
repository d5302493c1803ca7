// The one place where keys, passwords and opened secrets live: locked, undumpable, guarded memory.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/bytes.h"
#include "base/result.h"

namespace vault {

// Anonymous memory, locked as it is touched (mlock2 MLOCK_ONFAULT: what is not used costs nothing),
// left out of core dumps, with an inaccessible page on either side. The list of blocks is kept
// outside, so that no overrun inside reaches it. Safe to use from several threads.
class Arena {
 public:
  static constexpr std::size_t kDefaultSize = 5 * 1024 * 1024;  // bytes

  // Fails when the kernel gives no memory. Memory that cannot be locked is not a failure here:
  // is_locked() says so, and the broker decides.
  static base::Result<std::unique_ptr<Arena>> create(std::size_t size = kDefaultSize);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  bool is_locked() const { return locked_; }
  std::size_t size() const { return memory_.size(); }
  // All of it, for tests that look for what should not be there.
  base::ByteView whole() const { return memory_; }

 private:
  friend class SecretBytes;
  explicit Arena(base::MutableBytes memory, bool locked);
  base::Result<base::MutableBytes> allocate(std::size_t size);
  void release(base::MutableBytes block);

  base::MutableBytes memory_;
  bool locked_;
  std::mutex mutex_;
  std::map<std::size_t, std::size_t> free_;  // offset -> size, never two neighbours
};

// Locks `size` bytes of the calling thread's stack below here, and keeps them out of core dumps.
void lock_stack(std::size_t size);

}  // namespace vault
