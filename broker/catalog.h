// The aliases of collections: catalog.db in the data directory.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "broker/versioned_database.h"
#include "ipc/store_protocol.h"

namespace broker {

inline constexpr std::array kCatalogSchema = {
    "CREATE TABLE aliases(alias TEXT PRIMARY KEY, collection TEXT NOT NULL) STRICT, WITHOUT ROWID",
};
inline constexpr Format kCatalogFormat{"Coffer's catalog", 0x436f6643, 1, kCatalogSchema};

class Catalog {
 public:
  static constexpr std::size_t kMaxAliases = 64;

  // Creates the file when there is none.
  static base::Result<Catalog> open(const std::string& folder);

  base::Result<std::vector<ipc::Alias>> aliases();
  base::Outcome set(const std::string& alias, const std::string& collection);
  base::Outcome clear(const std::string& alias);
  // Clears every alias of `collection`.
  base::Outcome forget(const std::string& collection);

 private:
  explicit Catalog(Database database) : database_(std::move(database)) {}
  base::Outcome change(const char* sql, std::string_view first, std::string_view second);

  Database database_;
};

}  // namespace broker
