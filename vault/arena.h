// The one place where keys, passwords and opened secrets live: locked, undumpable, guarded memory.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/bytes.h"
#include "base/result.h"

namespace vault {

// Anonymous memory, locked as it is touched (mlock2 MLOCK_ONFAULT: what is not used costs nothing),
// or memfd_secret(2), which is locked by itself; left out of core dumps, with an inaccessible page
// on either side. The list of blocks is kept outside, so that no overrun inside reaches it. Safe to
// use from several threads.
class Arena {
 public:
  static constexpr std::size_t kDefaultSize = 5 * 1024 * 1024;  // bytes

  enum class Kind { unlocked, locked, secret };

  // As secret memory when that is wished and possible, else locked, else as it is: kind() says so,
  // and the broker decides. Fails when the kernel gives no memory.
  static base::Result<std::unique_ptr<Arena>> create(std::size_t size = kDefaultSize,
                                                     bool secret = false);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  Kind kind() const { return kind_; }
  std::size_t size() const { return memory_.size(); }
  // All of it, for tests that look for what should not be there.
  base::ByteView whole() const { return memory_; }

 private:
  friend class SecretBytes;
  Arena(base::MutableBytes memory, Kind kind);
  base::Result<base::MutableBytes> allocate(std::size_t size);
  void release(base::MutableBytes block);

  base::MutableBytes memory_;
  Kind kind_;
  std::mutex mutex_;
  std::map<std::size_t, std::size_t> free_;  // offset -> size, never two neighbours
};

// Locks `size` bytes of the calling thread's stack below here, and keeps them out of core dumps.
void lock_stack(std::size_t size);

}  // namespace vault
