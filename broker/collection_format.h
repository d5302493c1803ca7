// How a collection's file looks: for those who serve it, repair it and check it.
#pragma once

#include <fmt/format.h>

#include <array>
#include <limits>
#include <string>

#include "broker/versioned_database.h"
#include "ipc/store_protocol.h"

namespace broker {

inline constexpr std::array kCollectionSchema = {
    "CREATE TABLE meta(id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER NOT NULL, "
    "header BLOB NOT NULL, manifest BLOB NOT NULL) STRICT",
    "CREATE TABLE items(number INTEGER PRIMARY KEY CHECK (number > 0), version INTEGER NOT NULL, "
    "locators BLOB NOT NULL, box BLOB NOT NULL) STRICT",
};
inline constexpr Format kCollectionFormat{"a Coffer collection", 0x436f6672, 1, kCollectionSchema};

// The largest value of a column.
template <class T>
inline constexpr std::size_t kMaxBlob = ipc::Codec<T>::max_size - 4;
inline constexpr std::size_t kMaxHeader = kMaxBlob<ipc::store::HeaderBytes>;
inline constexpr std::size_t kMaxManifest = kMaxBlob<ipc::store::ManifestBytes>;
inline constexpr std::size_t kMaxLocators = kMaxBlob<decltype(ipc::store::Row::locators)>;
inline constexpr std::size_t kMaxBox = kMaxBlob<decltype(ipc::store::Row::box)>;

// The column, or NULL when it is too long: SQLite then never allocates it.
inline std::string bounded(const char* column, std::size_t most) {
  return fmt::format("CASE WHEN typeof({0}) = 'blob' AND length({0}) <= {1} THEN {0} END", column,
                     most);
}

}  // namespace broker
