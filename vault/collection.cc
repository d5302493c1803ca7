#include "vault/collection.h"

#include <set>

#include "base/log.h"

namespace vault {
namespace {

constexpr const char* kToAccept = "changing its password accepts it as it is";

}  // namespace

base::Outcome Collection::load(store::LoadCollection::Reply stored) {
  auto header = ipc::decode<Header>(stored.header.value);
  if (!header)
    return base::fail(base::Code::damaged, "the header of collection '" + name_ + "' is damaged");
  header_ = *std::move(header);
  header_bytes_ = std::move(stored.header.value);
  manifest_bytes_ = std::move(stored.manifest.value);
  stored_generation_ = stored.generation;
  highest_generation_ = std::max(highest_generation_, stored.generation);
  return base::Ok{};
}

base::Outcome Collection::add_row(store::Row row) {
  if (Directory::is_page(row.number)) return directory_.load(std::move(row)), base::Ok{};
  if (items_.size() >= ipc::kMaxItems)
    return base::fail(base::Code::limits_exceeded, "it has more than 500,000 items");
  Item item{row.version, split(row.locators.value), std::move(row.locators.value),
            std::move(row.box.value)};
  insert(row.number, std::move(item));
  return base::Ok{};
}

void Collection::become(Collection stored) {
  items_ = std::move(stored.items_);
  index_ = std::move(stored.index_);
  left_out_.clear();
  directory_ = std::move(stored.directory_);
  header_ = std::move(stored.header_);
  header_bytes_ = std::move(stored.header_bytes_);
  manifest_bytes_ = std::move(stored.manifest_bytes_);
  stored_generation_ = stored.stored_generation_;
  highest_generation_ = std::max(highest_generation_, stored.highest_generation_);
}

Collection Collection::create(std::string name, Header header, CollectionKeys keys,
                              const Search& search, Arena& arena) {
  Collection made(std::move(name), search, arena);
  made.header_ = std::move(header);
  made.header_bytes_ = ipc::encode(made.header_);
  made.keys_ = std::move(keys);
  made.stored_generation_ = made.highest_generation_ = made.manifest_.generation = 1;
  made.manifest_.header_digest = digest_of(made.header_bytes_);
  made.manifest_bytes_ = seal_manifest(made.manifest_, *made.keys_, made.header_.uuid);
  return made;
}

store::CreateCollection Collection::first_record() const {
  return {{name_}, {header_bytes_}, {manifest_bytes_}, stored_generation_};
}

Collection::Numbers Collection::numbers() const {
  Numbers out;
  out.reserve(items_.size());
  for (const auto& [number, item] : items_) out.push_back(number);
  return out;
}

base::ByteView Collection::locator_key() const {
  if (search_.locked) return search_.locator_key;
  return keys_ ? keys_->index() : base::ByteView{};
}

ItemPlace Collection::place_of(std::uint64_t number, const Item& item) const {
  return {header_.uuid, number, item.version, item.stored_locators};
}

void Collection::insert(std::uint64_t number, Item item) {
  drop(number);
  index_.add(number, item.locators);
  items_.emplace(number, std::move(item));
}

void Collection::drop(std::uint64_t number) {
  const auto at = items_.find(number);
  if (at == items_.end()) return;
  index_.remove(number, at->second.locators);
  items_.erase(at);
}

bool Collection::is_passwordless() const {
  const auto& slots = header_.slots.items;
  return std::any_of(slots.begin(), slots.end(),
                     [](const KeySlot& slot) { return slot.type == SlotType::open; });
}

base::Outcome Collection::unlock(CollectionKeys keys) {
  keys_ = std::move(keys);
  auto verified = verify();
  if (!verified) lock();
  return verified;
}

base::Outcome Collection::verify() {
  check_header_and_manifest();
  return check_items();
}

// Neither keeps the items from being served: each is sealed by itself.
void Collection::check_header_and_manifest() {
  auto manifest = open_manifest(manifest_bytes_, *keys_, header_.uuid);
  manifest_is_lost_ = !manifest;
  manifest_ = manifest ? *std::move(manifest) : Manifest();
  header_is_altered_ = !manifest_is_lost_ && manifest_.header_digest != digest_of(header_bytes_);
  if (manifest_is_lost_)
    base::log::error(
        "collection '{}': its manifest is damaged, so it can be read and not changed; {}", name_,
        kToAccept);
  if (header_is_altered_)
    base::log::error(
        "collection '{}': its header was altered: its label may be wrong, and an older password "
        "may open it; {}",
        name_, kToAccept);
}

base::Outcome Collection::check_items() {
  SetHash present;
  Numbers bad;
  stale_.clear();
  for (auto& [number, item] : items_) {
    present.add(number, item.version, *keys_);
    const auto opened = open_item(item.box, place_of(number, item), *keys_, arena_);
    if (!opened && opened.error().code != base::Code::damaged) return base::fail(opened.error());
    if (opened) highest_generation_ = std::max(highest_generation_, item.version);
    if (!opened)
      bad.push_back(number);
    else if (locators_of(opened->details.attributes, header_.uuid, locator_key()) != item.locators)
      stale_.push_back(number);
  }
  for (const auto& [number, item] : left_out_) present.add(number, item.version, *keys_);
  const std::uint64_t count = items_.size() + left_out_.size();
  for (const std::uint64_t number : bad) leave_out(number, "is damaged or was altered");
  check_directory();
  if (manifest_is_lost_ || present != SetHash(manifest_.set_hash) || count != manifest_.count)
    name_differences(count);
  std::sort(stale_.begin(), stale_.end(),
            [&](auto a, auto b) { return items_.at(a).version < items_.at(b).version; });
  return base::Ok{};
}

void Collection::leave_out(std::uint64_t number, const char* why) {
  base::log::error("collection '{}': item {} {}; it is left out", name_, number, why);
  const Item& item = items_.at(number);
  left_out_[number] = {item.version, item.locators};
  std::erase(stale_, number);
  drop(number);
}

std::uint64_t Collection::listed_version(std::uint32_t page) const {
  const auto& pages = manifest_.pages.items;
  const auto at =
      std::lower_bound(pages.begin(), pages.end(), page,
                       [](const auto& each, auto wanted) { return each.page < wanted; });
  return at != pages.end() && at->page == page ? at->version : 0;
}

// A damaged page loses nothing by itself; it is written anew with the next change of its items.
void Collection::check_directory() {
  for (const auto& [page, version] : manifest_.pages.items)
    if (!directory_.read(page, version, *keys_, header_.uuid))
      base::log::error(
          "collection '{}': the directory's page of the items {} to {} is damaged or older than "
          "it should be",
          name_, page * Directory::kItemsPerPage, (page + 1) * Directory::kItemsPerPage - 1);
}

void Collection::name_differences(std::uint64_t count) {
  if (!manifest_is_lost_)
    base::log::error(
        "collection '{}': items are missing or older than they should be ({} are there, {} should "
        "be)",
        name_, count, manifest_.count);
  std::set<std::uint32_t> pages;
  for (const auto& each : manifest_.pages.items) pages.insert(each.page);
  for (const std::uint32_t page : directory_.pages()) pages.insert(page);
  for (const auto& [number, item] : items_) pages.insert(Directory::page_of(number));
  for (const std::uint32_t page : pages) {
    const auto versions = directory_.read(page, listed_version(page), *keys_, header_.uuid);
    for (const auto& [number, version] : held_versions(page))
      if (const char* why = has(number) ? judge(number, versions) : nullptr) leave_out(number, why);
    for (const auto& [number, version] : versions.value_or(Directory::Versions()))
      if (!has(number) && !left_out_.contains(number))
        base::log::error("collection '{}': item {} is missing", name_, number);
  }
}

const char* Collection::judge(std::uint64_t number,
                              const std::optional<Directory::Versions>& page) const {
  const bool was_known = number < manifest_.next_number;  // to the manifest, if there is one
  const bool is_listed = listed_version(Directory::page_of(number)) != 0;
  if (!page) {
    if (is_listed) return "cannot be shown to be the newest";
    return was_known ? "was deleted" : nullptr;
  }
  const auto listed = page->find(number);
  if (!listed) return was_known ? "was deleted" : nullptr;
  return items_.at(number).version < *listed ? "is older than it should be" : nullptr;
}

Directory::Versions Collection::held_versions(std::uint32_t page) const {
  const std::uint64_t first = page * Directory::kItemsPerPage;
  Directory::Versions versions;
  for (auto at = items_.lower_bound(first);
       at != items_.end() && at->first < first + Directory::kItemsPerPage; ++at)
    versions.set(at->first, at->second.version);
  for (auto at = left_out_.lower_bound(first);
       at != left_out_.end() && at->first < first + Directory::kItemsPerPage; ++at)
    versions.set(at->first, at->second.version);
  return versions;
}

Collection::Numbers Collection::search(const ipc::Attributes& attributes) const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> found;  // version, number
  if (attributes.items.empty()) {
    for (const auto& [number, item] : items_) found.emplace_back(item.version, number);
  } else {
    const base::ByteView key = locator_key();
    if (key.empty()) return {};
    const auto wanted = locators_of(attributes, header_.uuid, key);
    for (const std::uint64_t number : index_.candidates(wanted)) {
      const Item& item = items_.at(number);
      if (std::includes(item.locators.begin(), item.locators.end(), wanted.begin(), wanted.end()))
        found.emplace_back(item.version, number);
    }
  }
  std::sort(found.begin(), found.end(), std::greater<>());
  Numbers out;
  out.reserve(found.size());
  for (const auto& [version, number] : found) out.push_back(number);
  return out;
}

bool Collection::has_left_out(const ipc::Attributes& attributes) const {
  const base::ByteView key = locator_key();
  if (attributes.items.empty() || key.empty()) return false;
  const auto wanted = locators_of(attributes, header_.uuid, key);
  return std::any_of(left_out_.begin(), left_out_.end(), [&](const auto& each) {
    const auto& has = each.second.locators;
    return std::includes(has.begin(), has.end(), wanted.begin(), wanted.end());
  });
}

std::optional<std::uint64_t> Collection::find_equal(const ipc::Attributes& attributes) const {
  const base::ByteView key = locator_key();
  if (attributes.items.empty() || key.empty()) return std::nullopt;
  const auto wanted = locators_of(attributes, header_.uuid, key);
  std::optional<std::uint64_t> best;
  for (const std::uint64_t number : index_.candidates(wanted)) {
    const Item& item = items_.at(number);
    if (item.locators == wanted && (!best || item.version > items_.at(*best).version))
      best = number;
  }
  return best;
}

base::Result<OpenedItem> Collection::open(std::uint64_t number) const {
  const auto at = items_.find(number);
  if (at == items_.end()) {
    if (left_out_.contains(number)) return base::fail(base::Code::damaged, "the item is damaged");
    return base::fail(base::Code::no_such_item, "the item does not exist");
  }
  if (!keys_) return base::fail(base::Code::locked, "the collection is locked");
  return open_item(at->second.box, place_of(number, at->second), *keys_, arena_);
}

}  // namespace vault
