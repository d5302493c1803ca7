// The session collection's sealed rows in a keyring of the Linux kernel: they outlive this process,
// and go with the login session. See keyrings(7); the system calls are made here, without
// libkeyutils.
#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "ipc/store_protocol.h"

namespace broker {

// Only processes that possess the session keyring reach what is kept: those of the same login
// session. They may read, delete and put back rows; the vault expects nothing better.
class KernelKeyring {
 public:
  // One for each data directory, by its place on the disk, which tells nobody anything.
  static std::string name_for(const std::string& data_directory);
  // The keyring `name` right in this process's session keyring, made when there is none. Everybody
  // of this user sees the name. Code::not_supported when the process is in no login session's
  // keyring, so that nothing would vanish at logout, or the kernel has no keyrings.
  // Before the sandbox closes; the rest needs what Role::broker_with_keys may do.
  static base::Result<KernelKeyring> open(const std::string& name);

  // One key for each row, its number being the key's name. What cannot be kept is named in the log,
  // once for each cause, and then no older row of the number is left.
  base::Outcome keep(const ipc::store::Row& row);
  // A failure is named likewise: then the item may come back.
  base::Outcome forget(std::uint64_t number);
  // A page of LoadSessionRows; keys that hold no row are passed over.
  base::Result<ipc::store::LoadSessionRows::Reply> rows_after(std::uint64_t after) const;

 private:
  using Serial = std::int32_t;  // a key's, in the kernel; above 0
  KernelKeyring(Serial keyring, bool has_big_keys);
  base::Failure<base::Error> failed(std::string_view what, int error_number);

  Serial keyring_;
  const char* type_;      // of keys
  std::size_t max_size_;  // of a key's payload, bytes
  std::set<std::string> named_;
};

}  // namespace broker
