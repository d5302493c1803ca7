// Replaces the heap's free: memory that is given back is wiped, so that labels, attributes and
// frames that passed through a process, or through a library in it, do not stay behind. Compiled
// into coffer-vault and coffer-frontend; a sanitizer's build keeps the sanitizer's heap.
#ifndef COFFER_SANITIZED
#include <dlfcn.h>
#include <malloc.h>
#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

extern "C" void free(void* memory) noexcept {
  static const auto give_back = reinterpret_cast<void (*)(void*)>(::dlsym(RTLD_NEXT, "free"));
  if (!memory) return;
  ::explicit_bzero(memory, ::malloc_usable_size(memory));
  give_back(memory);
}

// Never in place: what a block is shortened by, or moved from, is wiped too.
extern "C" void* realloc(void* memory, std::size_t size) noexcept {
  if (memory && size == 0) {
    ::free(memory);
    return nullptr;
  }
  void* fresh = std::malloc(size);
  if (fresh && memory) {
    std::memcpy(fresh, memory, std::min(size, ::malloc_usable_size(memory)));
    ::free(memory);
  }
  return fresh;
}
#endif
