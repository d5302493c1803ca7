#include "vault/arena.h"

#include <alloca.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace vault {
namespace {

constexpr std::size_t kGranule = 64;
constexpr std::size_t kGiveBackFrom = 64 * 1024;  // freed blocks this large return their pages

std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }
// In place of what is mapped there; false, and nothing is changed, where there is no such memory.
bool map_secret(base::MutableBytes place) {
  const base::UniqueFd memory(static_cast<int>(::syscall(SYS_memfd_secret, O_CLOEXEC)));
  return memory.valid() && ::ftruncate(memory.get(), static_cast<off_t>(place.size())) == 0 &&
         ::mmap(place.data(), place.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                memory.get(), 0) != MAP_FAILED;
}

std::size_t round_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

}  // namespace

base::Result<std::unique_ptr<Arena>> Arena::create(std::size_t size, bool secret) {
  const std::size_t page = page_size();
  size = round_up(size, page);
  void* whole = ::mmap(nullptr, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (whole == MAP_FAILED) return base::system_failure(errno, "cannot map memory for keys");
  const base::MutableBytes inner{static_cast<std::byte*>(whole) + page, size};
  if (secret && map_secret(inner)) return std::unique_ptr<Arena>(new Arena(inner, Kind::secret));
  if (::mprotect(inner.data(), size, PROT_READ | PROT_WRITE) < 0) {
    const int error = errno;
    ::munmap(whole, size + 2 * page);
    return base::system_failure(error, "cannot map memory for keys");
  }
  ::madvise(inner.data(), size, MADV_DONTDUMP);
  const bool locked = ::mlock2(inner.data(), size, MLOCK_ONFAULT) == 0;
  return std::unique_ptr<Arena>(new Arena(inner, locked ? Kind::locked : Kind::unlocked));
}

Arena::Arena(base::MutableBytes memory, Kind kind) : memory_(memory), kind_(kind) {
  free_.emplace(0, memory.size());
}

Arena::~Arena() {
  const std::size_t page = page_size();
  ::explicit_bzero(memory_.data(), memory_.size());
  ::munmap(memory_.data() - page, memory_.size() + 2 * page);
}

base::Result<base::MutableBytes> Arena::allocate(std::size_t size) {
  const std::size_t taken = round_up(std::max<std::size_t>(size, 1), kGranule);
  const std::scoped_lock hold(mutex_);
  for (auto at = free_.begin(); at != free_.end(); ++at) {
    const auto [offset, length] = *at;
    if (length < taken) continue;
    free_.erase(at);
    if (length > taken) free_.emplace(offset + taken, length - taken);
    return memory_.subspan(offset, size);
  }
  return base::fail(base::Code::limits_exceeded, "no locked memory is left for this; try again");
}

void Arena::release(base::MutableBytes block) {
  const std::size_t taken = round_up(std::max<std::size_t>(block.size(), 1), kGranule);
  ::explicit_bzero(block.data(), block.size());
  if (taken >= kGiveBackFrom) {
    const std::size_t page = page_size();
    const auto begin = round_up(reinterpret_cast<std::uintptr_t>(block.data()), page);
    const auto end = (reinterpret_cast<std::uintptr_t>(block.data()) + taken) / page * page;
    // Fails before Linux 5.18; the pages then simply stay.
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED_LOCKED);
  }
  const std::scoped_lock hold(mutex_);
  auto [at, inserted] =
      free_.emplace(static_cast<std::size_t>(block.data() - memory_.data()), taken);
  if (auto next = std::next(at); next != free_.end() && at->first + at->second == next->first) {
    at->second += next->second;
    free_.erase(next);
  }
  if (at != free_.begin()) {
    auto before = std::prev(at);
    if (before->first + before->second == at->first) {
      before->second += at->second;
      free_.erase(at);
    }
  }
}

void lock_stack(std::size_t size) {
  auto* memory = static_cast<std::byte*>(alloca(size));
  std::memset(memory, 0, size);
  asm volatile("" : : "r"(memory) : "memory");
  const std::size_t page = page_size();
  const auto begin = round_up(reinterpret_cast<std::uintptr_t>(memory), page);
  ::madvise(reinterpret_cast<void*>(begin), size - page, MADV_DONTDUMP);
  ::mlock(reinterpret_cast<void*>(begin), size - page);
}

}  // namespace vault
