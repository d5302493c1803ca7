#include "vault/collection.h"

#include "base/log.h"

namespace vault {
namespace {

constexpr std::uint64_t kMostNamingWork = 1'000'000;  // hashes tried to name what is missing

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

void Collection::add_row(store::Row row) {
  Item item{row.version, split(row.locators.value), std::move(row.locators.value),
            std::move(row.box.value)};
  highest_generation_ = std::max(highest_generation_, row.version);
  insert(row.number, std::move(item));
}

void Collection::become(Collection stored) {
  items_ = std::move(stored.items_);
  index_ = std::move(stored.index_);
  left_out_.clear();
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
  auto manifest = open_manifest(manifest_bytes_, *keys_, header_.uuid);
  if (!manifest)
    return base::fail(base::Code::damaged,
                      "collection '" + name_ + "' cannot be opened: " + manifest.error().what);
  if (manifest->header_digest != digest_of(header_bytes_))
    return base::fail(base::Code::damaged,
                      "collection '" + name_ + "' cannot be opened: its header was altered");
  manifest_ = *manifest;
  return check_items();
}

base::Outcome Collection::check_items() {
  SetHash present;
  std::vector<std::uint64_t> bad;
  for (auto& [number, item] : items_) {
    present.add(number, item.version, *keys_);
    const auto opened = open_item(item.box, place_of(number, item), *keys_, arena_);
    if (opened) continue;
    if (opened.error().code != base::Code::damaged) return base::fail(opened.error());
    bad.push_back(number);
  }
  for (const auto& [number, version] : left_out_) present.add(number, version, *keys_);
  const std::uint64_t count = items_.size() + left_out_.size();
  for (const std::uint64_t number : bad) {
    base::log::error("collection '{}': item {} is damaged or was altered; it is left out", name_,
                     number);
    left_out_[number] = items_.at(number).version;
    drop(number);
  }
  if (present != SetHash(manifest_.set_hash) || count != manifest_.count)
    report_missing(present, count);
  return base::Ok{};
}

// One item that is missing, older or back from the dead is found by trying which explains the
// difference.
void Collection::report_missing(const SetHash& present, std::uint64_t count) {
  base::log::error(
      "collection '{}': items are missing or older than they should be ({} are there, {} should "
      "be)",
      name_, count, manifest_.count);
  if (manifest_.next_number > kMostNamingWork / std::max<std::uint64_t>(manifest_.generation, 1))
    return;
  for (std::uint64_t number = 1; number < manifest_.next_number; ++number) {
    const char* what = explain(number, present);
    if (!what) continue;
    base::log::error("collection '{}': item {} {}", name_, number, what);
    if (const auto at = items_.find(number); at != items_.end()) {
      left_out_[number] = at->second.version;
      drop(number);
    }
    return;
  }
}

const char* Collection::explain(std::uint64_t number, const SetHash& present) const {
  const SetHash expected(manifest_.set_hash);
  SetHash without = present;
  const auto at = items_.find(number);
  const bool is_there = at != items_.end();
  if (is_there) without.remove(number, at->second.version, *keys_);
  if (is_there && without == expected) return "was deleted; it is left out";
  for (std::uint64_t version = 1; version <= manifest_.generation; ++version) {
    SetHash with = without;
    with.add(number, version, *keys_);
    if (with == expected)
      return is_there ? "is older than it should be; it is left out" : "is missing";
  }
  return nullptr;
}

Collection::Numbers Collection::search(const ipc::Attributes& attributes) const {
  Numbers found;
  if (attributes.items.empty()) {
    found = numbers();
  } else {
    const base::ByteView key = locator_key();
    if (key.empty()) return found;
    const auto wanted = locators_of(attributes, header_.uuid, key);
    for (const std::uint64_t number : index_.candidates(wanted)) {
      const auto& has = items_.at(number).locators;
      if (std::includes(has.begin(), has.end(), wanted.begin(), wanted.end()))
        found.push_back(number);
    }
  }
  std::sort(found.begin(), found.end(),
            [&](auto a, auto b) { return items_.at(a).version > items_.at(b).version; });
  return found;
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

Collection::Numbers Collection::with_stale_locators() const {
  Numbers stale;
  if (!keys_) return stale;
  for (const auto& [number, item] : items_) {
    const auto opened = open_item(item.box, place_of(number, item), *keys_, arena_);
    if (opened &&
        locators_of(opened->details.attributes, header_.uuid, locator_key()) != item.locators)
      stale.push_back(number);
  }
  std::sort(stale.begin(), stale.end(),
            [&](auto a, auto b) { return items_.at(a).version < items_.at(b).version; });
  return stale;
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
