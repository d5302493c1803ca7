// How a collection changes: in memory at once, and as a write for the store.
#include <set>

#include "vault/collection.h"

namespace vault {
namespace {

base::Failure<base::Error> is_locked_failure() {
  return base::fail(base::Code::locked, "the collection is locked");
}

}  // namespace

base::Outcome Collection::may_write() const {
  if (!keys_) return is_locked_failure();
  if (manifest_is_lost_)
    return base::fail(base::Code::damaged,
                      "the collection's manifest is damaged, so it can be read and not changed; "
                      "changing its password accepts it as it is");
  return base::Ok{};
}

store::Write Collection::begin_write() {
  store::Write write;
  write.collection.value = name_;
  write.previous = stored_generation_;
  write.generation = ++highest_generation_;
  return write;
}

void Collection::finish_write(store::Write& write) {
  manifest_.generation = write.generation;
  // A header that was altered is not vouched for by the way.
  if (write.header.value) manifest_.header_digest = digest_of(header_bytes_);
  manifest_bytes_ = seal_manifest(manifest_, *keys_, header_.uuid);
  write.manifest.value = manifest_bytes_;
  stored_generation_ = write.generation;
}

// Ties the item's version (none: it is deleted) into its page of the directory.
void Collection::note_version(std::uint64_t number, std::optional<std::uint64_t> version,
                              store::Write& write) {
  const std::uint32_t page = Directory::page_of(number);
  auto versions = directory_.read(page, listed_version(page), *keys_, header_.uuid);
  if (!versions) versions = held_versions(page);
  if (version)
    versions->set(number, *version);
  else
    versions->erase(number);
  write_page(page, *versions, write);
}

void Collection::write_page(std::uint32_t page, const Directory::Versions& versions,
                            store::Write& write) {
  auto& pages = manifest_.pages.items;
  auto at = std::lower_bound(pages.begin(), pages.end(), page,
                             [](const auto& each, auto wanted) { return each.page < wanted; });
  if (at == pages.end() || at->page != page) at = pages.insert(at, {page, 0});
  at->version = write.generation;
  if (!versions.empty())
    return write.put.items.push_back(
        directory_.write(page, versions, write.generation, *keys_, header_.uuid));
  pages.erase(at);
  directory_.erase(page);
  write.erase.items.push_back(Directory::kFirstRow + page);
}

// A manifest and a directory of what is held here, and the header as it is.
void Collection::accept_as_it_is(store::Write& write) {
  SetHash set;
  std::set<std::uint32_t> pages;
  std::uint64_t last = 0;
  const auto take = [&](std::uint64_t number, std::uint64_t version) {
    set.add(number, version, *keys_);
    pages.insert(Directory::page_of(number));
    last = std::max(last, number);
  };
  for (const auto& [number, item] : items_) take(number, item.version);
  for (const auto& [number, item] : left_out_) take(number, item.version);
  manifest_.set_hash = set.sum();
  manifest_.count = items_.size() + left_out_.size();
  manifest_.next_number = std::max(manifest_.next_number, last + 1);
  for (const std::uint32_t page : pages) write_page(page, held_versions(page), write);
  manifest_is_lost_ = header_is_altered_ = false;
}

base::Result<store::Write> Collection::seal_row(std::uint64_t number, const ItemDetails& details,
                                                base::ByteView secret) {
  store::Write write = begin_write();
  Item item;
  item.version = write.generation;
  item.locators = locators_of(details.attributes, header_.uuid, locator_key());
  item.stored_locators = join(item.locators);
  auto box = seal_item(details, secret, place_of(number, item), *keys_, arena_);
  if (!box) return base::fail(box.error());
  item.box = *std::move(box);
  write.put.items.push_back({number, item.version, {item.stored_locators}, {item.box}});

  SetHash set(manifest_.set_hash);
  if (const auto at = items_.find(number); at != items_.end())
    set.remove(number, at->second.version, *keys_);
  else
    ++manifest_.count;
  set.add(number, item.version, *keys_);
  manifest_.set_hash = set.sum();
  note_version(number, item.version, write);
  insert(number, std::move(item));
  return write;
}

base::Result<std::pair<std::uint64_t, store::Write>> Collection::add(ItemDetails details,
                                                                     base::ByteView secret) {
  if (auto may = may_write(); !may) return base::fail(may.error());
  if (items_.size() >= ipc::kMaxItems)
    return base::fail(base::Code::limits_exceeded, "the collection is full (500,000 items)");
  // An older manifest or an invented row may be in the way of the next number: nothing that is
  // stored is overwritten.
  std::uint64_t number = manifest_.next_number;
  while (has(number) || left_out_.contains(number)) ++number;
  auto write = add_as(number, details, secret);
  if (!write) return base::fail(write.error());
  return std::pair{number, *std::move(write)};
}

base::Result<store::Write> Collection::add_as(std::uint64_t number, const ItemDetails& details,
                                              base::ByteView secret) {
  if (auto may = may_write(); !may) return base::fail(may.error());
  if (has(number) || left_out_.contains(number))
    return base::fail(base::Code::already_exists, "the item's number is taken");
  auto write = seal_row(number, details, secret);
  if (!write) return write;
  reserve(number);
  finish_write(*write);
  return write;
}

base::Result<store::Write> Collection::replace(std::uint64_t number, const ItemDetails& details,
                                               base::ByteView secret) {
  if (auto may = may_write(); !may) return base::fail(may.error());
  if (!has(number)) return base::fail(base::Code::no_such_item, "the item does not exist");
  auto write = seal_row(number, details, secret);
  if (write) finish_write(*write);
  return write;
}

base::Result<store::Write> Collection::erase(std::uint64_t number) {
  if (!has(number)) return base::fail(base::Code::no_such_item, "the item does not exist");
  if (auto may = may_write(); !may) return base::fail(may.error());
  store::Write write = begin_write();
  write.erase.items.push_back(number);
  SetHash set(manifest_.set_hash);
  set.remove(number, items_.at(number).version, *keys_);
  manifest_.set_hash = set.sum();
  --manifest_.count;
  note_version(number, std::nullopt, write);
  drop(number);
  finish_write(write);
  return write;
}

base::Result<store::Write> Collection::set_label(const std::string& label, std::uint64_t now) {
  if (auto may = may_write(); !may) return base::fail(may.error());
  if (header_is_altered_)
    return base::fail(base::Code::damaged,
                      "the collection's header was altered; changing its password accepts it");
  header_.label.value = label;
  store::Write write = begin_write();
  write_header(write, now);
  return write;
}

base::Result<store::Write> Collection::set_slot(KeySlot slot, const SecretBytes& slot_key,
                                                std::uint64_t now) {
  if (!keys_) return is_locked_failure();
  wrap(*keys_, header_.uuid, slot_key, slot);
  header_.slots.items = {slot};
  store::Write write = begin_write();
  if (manifest_is_lost_ || header_is_altered_) accept_as_it_is(write);
  write_header(write, now);
  return write;
}

void Collection::write_header(store::Write& write, std::uint64_t now) {
  header_.modified = now;
  header_bytes_ = ipc::encode(header_);
  write.header.value = store::HeaderBytes{header_bytes_};
  finish_write(write);
}

}  // namespace vault
