// The password of a login, between its authentication and its session.
#pragma once

#include <security/pam_modules.h>

#include <cstddef>
#include <span>

#include "ipc/login_protocol.h"

namespace pam {

// Lives in a mapping of its own: locked, in no core dump, wiped before it is given back. It is left
// in forked children on purpose (no MADV_DONTFORK or MADV_WIPEONFORK): some programs authenticate
// in one process and open the session in its child. Memory is not locked across a fork, which
// is why `find` locks again.
class Stash {
 public:
  // Put by for this login, in place of an earlier one; null when there is no memory.
  // `milliseconds` is the time that this login may still take.
  static Stash* make(pam_handle_t* handle, int milliseconds);
  static Stash* find(pam_handle_t* handle);
  static void drop(pam_handle_t* handle);

  // Both fail for what cannot be sent: nothing, or more than login::kMaxPassword bytes.
  bool set_password(const char* text) { return password_.set(text); }
  bool set_previous(const char* text) { return previous_.set(text); }

  std::span<const std::byte> password() const { return password_.view(); }
  // The password before this one, while the daemon has not been told of the change; else empty.
  std::span<const std::byte> previous() const { return previous_.view(); }
  void forget_previous() { previous_.wipe(); }

  int milliseconds = 0;

 private:
  struct Password {
    bool set(const char* text);
    void wipe();
    std::span<const std::byte> view() const { return {bytes, size}; }

    std::size_t size;
    std::byte bytes[login::kMaxPassword];
  };

  Password password_;
  Password previous_;
};

}  // namespace pam
