// Looks into copies of the SQLite files of a data directory.
#pragma once

#include <set>

#include "broker/check.h"

namespace broker {

// A copy of `path` and its log, as they were at one moment, in `scratch` under the same name: a
// daemon may write meanwhile.
base::Result<std::string> snapshot(const std::string& path, const std::string& scratch);

// The copy `scratch`/NAME.coffer; a damaged one is salvaged there, to see what can be read.
void check_collection(const std::string& scratch, const std::string& name, CheckedFile& file);

// `collections` are those that there are.
void check_catalog(const std::string& copy, const std::set<std::string>& collections,
                   CheckedFile& file);

}  // namespace broker
