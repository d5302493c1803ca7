// SQLite takes a write-ahead log to end where it is damaged, without a word: what comes behind was
// acknowledged, and would be gone as if it had never been written.
#pragma once

#include <string>

namespace broker {

// How many acknowledged writes of the log of the database `path`, which is not open, SQLite will
// not see. A power cut loses none: each write is on the disk before the next one begins, so at most
// the last one is there in part. (Damage to the last one cannot be told from that.)
std::size_t lost_writes(const std::string& path);

}  // namespace broker
