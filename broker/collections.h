// The folder of all collections' files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/collection_file.h"

namespace broker {

class Collections {
 public:
  // Removes what an interrupted creation or deletion left behind in `folder`.
  static base::Result<Collections> open(std::string folder);

  // The collections that can be opened, sorted. The others are named in the log.
  std::vector<std::string> names();

  // Opened at its first use; what can be read of a damaged one is moved into a new file then, with
  // a line in the log. Code::no_such_collection, too_new, damaged...; the pointer is valid until
  // remove().
  base::Result<CollectionFile*> find(const std::string& name);

  base::Outcome create(const ipc::store::CreateCollection& request);
  base::Outcome remove(const std::string& name);

 private:
  explicit Collections(std::string folder) : folder_(std::move(folder)) {}
  std::string path_of(const std::string& name) const;
  base::Result<CollectionFile> open_with_damaged_log(const std::string& name,
                                                     std::size_t lost) const;
  base::Result<CollectionFile> open_or_salvage(const std::string& name) const;

  std::string folder_;
  std::map<std::string, CollectionFile> open_;
};

// What a collection may be called, since it becomes a file's name: 1 to 128 bytes without "/" and
// control characters, and not starting with "." (Code::invalid).
base::Outcome check_name(const std::string& name);

}  // namespace broker
