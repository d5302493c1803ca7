// Replaces the C++ heap's delete: freed memory is wiped, so that labels, attributes and frames that
// passed through a process do not stay behind in it. Compiled into coffer-vault and
// coffer-frontend; a sanitizer's build keeps the sanitizer's heap.
#ifndef COFFER_SANITIZED
#include <malloc.h>
#include <strings.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace {
void wipe_and_free(void* memory) noexcept {
  if (!memory) return;
  ::explicit_bzero(memory, ::malloc_usable_size(memory));
  std::free(memory);
}
}  // namespace

void operator delete(void* memory) noexcept { wipe_and_free(memory); }
void operator delete[](void* memory) noexcept { wipe_and_free(memory); }
void operator delete(void* memory, std::size_t) noexcept { wipe_and_free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { wipe_and_free(memory); }
#endif
