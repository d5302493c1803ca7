// The session collection goes on as one from before.
#include "vault/collection.h"

namespace vault {

base::Result<SecretBytes> Collection::key_for_session() const {
  if (!keys_) return base::fail(base::Code::locked, "the collection is locked");
  return keys_->session(arena_);
}

KeptKey Collection::wrapped_key(const SecretBytes& wrapping) const {
  KeptKey kept{header_.uuid, {}};
  kept.slot.type = SlotType::session;
  wrap(*keys_, kept.uuid, wrapping, kept.slot);
  return kept;
}

void Collection::reserve(std::uint64_t number) {
  manifest_.next_number = std::max(manifest_.next_number, number + 1);
}

Collection Collection::empty_with(const Uuid& uuid, CollectionKeys keys) const {
  Header header = header_;
  header.uuid = uuid;
  return create(name_, std::move(header), std::move(keys), search_, arena_);
}

std::optional<store::Row> Collection::row(std::uint64_t number) const {
  const auto at = items_.find(number);
  if (at == items_.end()) return std::nullopt;
  const Item& item = at->second;
  return store::Row{number, item.version, {item.stored_locators}, {item.box}};
}

base::Outcome Collection::restore(store::Row row) {
  if (!keys_) return base::fail(base::Code::locked, "the collection is locked");
  const bool is_free = !Directory::is_page(row.number) && !has(row.number);
  if (!is_free) return base::fail(base::Code::damaged, "the item's number is taken");
  Item item{row.version, split(row.locators.value), std::move(row.locators.value),
            std::move(row.box.value)};
  const auto opened = open_item(item.box, place_of(row.number, item), *keys_, arena_);
  if (!opened) return base::fail(opened.error());

  highest_generation_ = std::max(highest_generation_, item.version);
  store::Write write = begin_write();  // keeps the manifest and the directory; goes nowhere
  SetHash set(manifest_.set_hash);
  set.add(row.number, item.version, *keys_);
  manifest_.set_hash = set.sum();
  ++manifest_.count;
  note_version(row.number, item.version, write);
  reserve(row.number);
  insert(row.number, std::move(item));
  finish_write(write);
  return base::Ok{};
}

void Collection::go_on_as(Collection other) {
  keys_ = std::move(other.keys_);
  manifest_ = std::move(other.manifest_);
  become(std::move(other));
}

}  // namespace vault
