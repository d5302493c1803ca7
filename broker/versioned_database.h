// SQLite files of ours: recognised before a byte of them is changed, and created whole or not at
// all.
#pragma once

#include <functional>
#include <span>

#include "broker/sqlite.h"

namespace broker {

struct Format {
  const char* kind;             // "a Coffer collection", for messages
  std::int32_t application_id;  // in the file's header, as is the version
  std::int32_t version;
  std::span<const char* const> schema;  // the CREATE statements: these, and no others
};

// Opens `path` for us alone, in WAL mode with every commit synchronous. A file with a newer version
// is Code::too_new, one that is not of this format Code::damaged; both are left as they are. The
// file must not be open in this process already: closing any descriptor of it drops SQLite's locks.
base::Result<Database> open_versioned(const std::string& path, const Format& format);

// Creates `folder`/`file` with what `fill` puts into it: built under a temporary name, made
// durable, then renamed. A file of that name is replaced.
base::Outcome create_versioned(const std::string& folder, const std::string& file,
                               const Format& format,
                               const std::function<base::Outcome(Database&)>& fill);

// A new file without rows, as the bytes that create_versioned() would write.
base::Result<base::Bytes> image_of(const Format& format);

// What `file` is called while it is built, and whether a file's name is such a one, or its log's.
std::string temporary_name(std::string_view file);
bool is_temporary(std::string_view file);

}  // namespace broker
