// The directory with everything that is kept, and the lock that makes it one daemon's.
//
//   collections/NAME.coffer   one SQLite file a collection
//   collections/NAME.coffer.damaged-1, -2...   kept when it was damaged and replaced
//   catalog.db                aliases
//   locator.key               0600; the vault fills and reads it, the broker never does
//   login-import              whether another manager's login keyring is to be imported
//   lock                      locked while a daemon uses the directory; holds its process id
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace broker {

class DataDirectory {
 public:
  // `path`, or the default one; nothing is created or looked at.
  static base::Result<std::string> path_of(const std::optional<std::string>& path);

  // Opens `path`, or $XDG_DATA_HOME/coffer (~/.local/share/coffer), creating what is missing with
  // mode 0700. A directory of somebody else is refused; one that others may look into is made
  // private, with a line in the log, when it is empty or ours already, and refused otherwise.
  static base::Result<DataDirectory> open(const std::optional<std::string>& path);

  // Makes the directory ours for as long as this object lives. Code::busy, naming the other
  // process, while another daemon has it. Does nothing when it is ours already.
  base::Outcome lock();

  // The locator key's file, open for reading and writing; empty when it is new.
  base::Result<base::UniqueFd> open_locator_key() const;

  const std::string& path() const { return path_; }
  std::string collections() const { return path_ + "/collections"; }

 private:
  DataDirectory(std::string path, base::UniqueFd directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}
  base::Outcome make_private() const;
  bool may_be_ours() const;

  std::string path_;
  base::UniqueFd directory_;
  base::UniqueFd lock_;  // valid while the lock is held
};

}  // namespace broker
