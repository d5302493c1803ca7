#include "vault/directory.h"

#include <algorithm>

namespace vault {
namespace {

struct Entry {
  std::uint8_t place = 0;  // within the page
  std::uint64_t version = 0;
  static constexpr auto fields = std::tuple{&Entry::place, &Entry::version};
};

struct Content {
  ipc::List<Entry, Directory::kItemsPerPage> entries;
  static constexpr auto fields = std::tuple{&Content::entries};
};

// What a page is bound to: another collection's, another page's or an older one does not open.
base::Bytes place_of(const Uuid& uuid, std::uint32_t page, std::uint64_t version) {
  base::Bytes out(uuid.size() + 16);
  ipc::Writer writer(out);
  writer.bytes(uuid);
  writer.integer(Directory::kFirstRow + page, 8);
  writer.integer(version, 8);
  return out;
}

}  // namespace

void Directory::Versions::set(std::uint64_t number, std::uint64_t version) {
  if (entries_.empty() || entries_.back().first < number)  // as when a page is read
    return void(entries_.emplace_back(number, version));
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), std::pair{number, std::uint64_t{0}});
  if (at != entries_.end() && at->first == number)
    at->second = version;
  else
    entries_.emplace(at, number, version);
}

void Directory::Versions::erase(std::uint64_t number) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first == number; });
}

std::optional<std::uint64_t> Directory::Versions::find(std::uint64_t number) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), std::pair{number, std::uint64_t{0}});
  if (at == entries_.end() || at->first != number) return std::nullopt;
  return at->second;
}

void Directory::load(ipc::store::Row row) {
  const std::uint64_t page = row.number - kFirstRow;
  if (page > UINT32_MAX) return;
  pages_[static_cast<std::uint32_t>(page)] = {row.version, std::move(row.box.value)};
}

std::vector<std::uint32_t> Directory::pages() const {
  std::vector<std::uint32_t> out;
  for (const auto& [page, content] : pages_) out.push_back(page);
  return out;
}

std::optional<Directory::Versions> Directory::read(std::uint32_t page, std::uint64_t least,
                                                   const CollectionKeys& keys,
                                                   const Uuid& uuid) const {
  const auto at = pages_.find(page);
  if (at == pages_.end() || at->second.version < least) return std::nullopt;
  const auto plain =
      open_box(at->second.box, place_of(uuid, page, at->second.version), keys.manifest());
  if (!plain) return std::nullopt;
  const auto content = ipc::decode<Content>(*plain);
  if (!content) return std::nullopt;
  Versions versions;
  versions.reserve(content->entries.items.size() + 1);  // a new item may follow
  for (const Entry& entry : content->entries.items)
    versions.set(page * kItemsPerPage + entry.place, entry.version);
  return versions;
}

ipc::store::Row Directory::write(std::uint32_t page, const Versions& versions,
                                 std::uint64_t version, const CollectionKeys& keys,
                                 const Uuid& uuid) {
  Content content;
  content.entries.items.reserve(versions.size());
  for (const auto& [number, of_item] : versions)
    content.entries.items.push_back({static_cast<std::uint8_t>(number % kItemsPerPage), of_item});
  Page& kept = pages_[page];
  kept = {version, seal_box(ipc::encode(content), place_of(uuid, page, version), keys.manifest())};
  return {kFirstRow + page, version, {}, {kept.box}};
}

}  // namespace vault
