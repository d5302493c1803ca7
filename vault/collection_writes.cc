// How a collection changes: in memory at once, and as a write for the store.
#include "vault/collection.h"

namespace vault {
namespace {

base::Failure<base::Error> is_locked_failure() {
  return base::fail(base::Code::locked, "the collection is locked");
}

}  // namespace

store::Write Collection::begin_write() {
  store::Write write;
  write.collection.value = name_;
  write.previous = stored_generation_;
  write.generation = ++highest_generation_;
  return write;
}

void Collection::finish_write(store::Write& write) {
  manifest_.generation = write.generation;
  manifest_.header_digest = digest_of(header_bytes_);
  manifest_bytes_ = seal_manifest(manifest_, *keys_, header_.uuid);
  write.manifest.value = manifest_bytes_;
  stored_generation_ = write.generation;
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
  insert(number, std::move(item));
  return write;
}

base::Result<std::pair<std::uint64_t, store::Write>> Collection::add(ItemDetails details,
                                                                     base::ByteView secret) {
  if (!keys_) return is_locked_failure();
  if (items_.size() >= ipc::kMaxItems)
    return base::fail(base::Code::limits_exceeded, "the collection is full (500,000 items)");
  // An older manifest or an invented row may be in the way of the next number: nothing that is
  // stored is overwritten.
  std::uint64_t number = manifest_.next_number;
  while (has(number) || left_out_.contains(number)) ++number;
  auto write = seal_row(number, details, secret);
  if (!write) return base::fail(write.error());
  manifest_.next_number = number + 1;
  finish_write(*write);
  return std::pair{number, *std::move(write)};
}

base::Result<store::Write> Collection::replace(std::uint64_t number, const ItemDetails& details,
                                               base::ByteView secret) {
  if (!keys_) return is_locked_failure();
  if (!has(number)) return base::fail(base::Code::no_such_item, "the item does not exist");
  auto write = seal_row(number, details, secret);
  if (write) finish_write(*write);
  return write;
}

base::Result<store::Write> Collection::erase(std::uint64_t number) {
  if (!has(number)) return base::fail(base::Code::no_such_item, "the item does not exist");
  if (!keys_) return is_locked_failure();
  store::Write write = begin_write();
  write.erase.items.push_back(number);
  SetHash set(manifest_.set_hash);
  set.remove(number, items_.at(number).version, *keys_);
  manifest_.set_hash = set.sum();
  --manifest_.count;
  drop(number);
  finish_write(write);
  return write;
}

base::Result<store::Write> Collection::set_label(const std::string& label, std::uint64_t now) {
  if (!keys_) return is_locked_failure();
  header_.label.value = label;
  return write_header(now);
}

base::Result<store::Write> Collection::set_slot(KeySlot slot, const SecretBytes& slot_key,
                                                std::uint64_t now) {
  if (!keys_) return is_locked_failure();
  wrap(*keys_, header_.uuid, slot_key, slot);
  header_.slots.items = {slot};
  return write_header(now);
}

store::Write Collection::write_header(std::uint64_t now) {
  store::Write write = begin_write();
  header_.modified = now;
  header_bytes_ = ipc::encode(header_);
  write.header.value = store::HeaderBytes{header_bytes_};
  finish_write(write);
  return write;
}

}  // namespace vault
