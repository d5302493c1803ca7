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

  // Item's number -> version, ascending. A page is read and written with every change of an item,
  // so this allocates once.
  class Versions {
   public:
    void reserve(std::size_t count) { entries_.reserve(count); }
    void set(std::uint64_t number, std::uint64_t version);
    void erase(std::uint64_t number);
    std::optional<std::uint64_t> find(std::uint64_t number) const;
    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }
    auto begin() const { return entries_.begin(); }
    auto end() const { return entries_.end(); }

   private:
    std::vector<std::pair<std::uint64_t, std::uint64_t>> entries_;
  };

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
