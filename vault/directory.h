// The versions of a collection's items, in sealed pages: with them, every item that is missing,
// older than it should be, or back from the dead can be named.
#pragma once

#include <map>
#include <optional>

#include "ipc/store_protocol.h"
#include "vault/keys.h"

namespace vault {

class Directory {
 public:
  static constexpr std::uint64_t kFirstRow = ipc::store::kFirstDirectoryRow;
  static constexpr std::uint64_t kItemsPerPage = 256;
  using Versions = std::map<std::uint64_t, std::uint64_t>;  // item's number -> version

  static bool is_page(std::uint64_t row) { return row >= kFirstRow; }
  static std::uint32_t page_of(std::uint64_t item) {
    return static_cast<std::uint32_t>(item / kItemsPerPage);
  }

  void load(ipc::store::Row row);
  std::vector<std::uint32_t> pages() const;
  // Nothing unless the page is there, is genuine, and is not older than `least`.
  std::optional<Versions> read(std::uint32_t page, std::uint64_t least, const CollectionKeys& keys,
                               const Uuid& uuid) const;
  // What the page says from now on; the row is to be stored.
  ipc::store::Row write(std::uint32_t page, const Versions& versions, std::uint64_t version,
                        const CollectionKeys& keys, const Uuid& uuid);
  void erase(std::uint32_t page) { pages_.erase(page); }

 private:
  struct Page {
    std::uint64_t version = 0;
    base::Bytes box;
  };
  std::map<std::uint32_t, Page> pages_;
};

}  // namespace vault
