#include "frontend/model.h"

#include <algorithm>

namespace frontend {

bool CollectionView::has(std::uint64_t number) const {
  return std::binary_search(items.begin(), items.end(), number);
}

void CollectionView::add(std::uint64_t number) {
  const auto at = std::lower_bound(items.begin(), items.end(), number);
  if (at == items.end() || *at != number) items.insert(at, number);
}

void CollectionView::remove(std::uint64_t number) {
  const auto at = std::lower_bound(items.begin(), items.end(), number);
  if (at != items.end() && *at == number) items.erase(at);
}

Model::Change Model::apply(const wire::AwaitChange::Reply& state) {
  Change change;
  std::map<std::string, CollectionView> before = std::exchange(collections_, {});
  names_.clear();
  for (const auto& info : state.collections.items) {
    const std::string& name = info.name.value;
    CollectionView view{info, {}};
    if (auto known = before.extract(name)) {
      if (known.mapped().info.label != info.label) change.relabelled.push_back(name);
      if (known.mapped().info.locked != info.locked) change.locks.push_back(name);
      if (known.mapped().info.arrivals != info.arrivals) change.arrivals.push_back(name);
      view.items = std::move(known.mapped().items);
    } else {
      change.created.push_back(name);
      if (info.arrivals != 0) change.arrivals.push_back(name);
    }
    names_[info.id] = name;
    collections_.emplace(name, std::move(view));
  }
  for (const auto& [name, view] : before) change.deleted.push_back(name);
  aliases_.clear();
  for (const auto& alias : state.aliases.items) aliases_[alias.name.value] = alias.collection.value;
  return change;
}

CollectionView* Model::find(const std::string& name) {
  const auto at = collections_.find(name);
  return at == collections_.end() ? nullptr : &at->second;
}

const CollectionView* Model::find(const std::string& name) const {
  const auto at = collections_.find(name);
  return at == collections_.end() ? nullptr : &at->second;
}

CollectionView* Model::find(const CollectionPath& path) {
  if (!path.alias) return find(path.name);
  const std::string* name = alias(path.name);
  return name ? find(*name) : nullptr;
}

CollectionView* Model::find(wire::CollectionId id) {
  const auto at = names_.find(id);
  return at == names_.end() ? nullptr : find(at->second);
}

const std::string* Model::alias(const std::string& name) const {
  const auto at = aliases_.find(name);
  return at == aliases_.end() ? nullptr : &at->second;
}

std::vector<std::string> Model::paths() const {
  std::vector<std::string> out;
  for (const auto& [name, view] : collections_) out.push_back(view.path());
  return out;
}

std::vector<wire::CollectionId> Model::ids() const {
  std::vector<wire::CollectionId> out;
  for (const auto& [name, view] : collections_) out.push_back(view.info.id);
  return out;
}

}  // namespace frontend
