#include "pam/stash.h"

#include <string.h>
#include <sys/mman.h>

#include <new>

namespace pam {
namespace {

constexpr char kName[] = "pam_coffer_password";

void wipe(pam_handle_t*, void* data, int) {
  ::explicit_bzero(data, sizeof(Stash));
  ::munmap(data, sizeof(Stash));
}

}  // namespace

Stash* Stash::make(pam_handle_t* handle, int milliseconds) {
  void* pages =
      ::mmap(nullptr, sizeof(Stash), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return nullptr;
  // Where the limit forbids locking, a login is still worth more than none.
  ::mlock(pages, sizeof(Stash));
  ::madvise(pages, sizeof(Stash), MADV_DONTDUMP);
  auto* stash = new (pages) Stash{};
  stash->milliseconds = milliseconds;
  if (::pam_set_data(handle, kName, stash, wipe) == PAM_SUCCESS) return stash;
  wipe(handle, stash, 0);
  return nullptr;
}

Stash* Stash::find(pam_handle_t* handle) {
  const void* data = nullptr;
  if (::pam_get_data(handle, kName, &data) != PAM_SUCCESS || !data) return nullptr;
  ::mlock(data, sizeof(Stash));
  return static_cast<Stash*>(const_cast<void*>(data));
}

void Stash::drop(pam_handle_t* handle) {
  if (find(handle)) ::pam_set_data(handle, kName, nullptr, nullptr);  // runs `wipe`
}

bool Stash::Password::set(const char* text) {
  wipe();
  if (!text) return false;
  const std::size_t length = ::strnlen(text, sizeof bytes + 1);
  if (length == 0 || length > sizeof bytes) return false;
  ::memcpy(bytes, text, length);
  size = length;
  return true;
}

void Stash::Password::wipe() { ::explicit_bzero(this, sizeof *this); }

}  // namespace pam
