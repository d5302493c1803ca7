// What the frontend knows of the vault's collections: enough to answer for paths without asking.
#pragma once

#include <map>
#include <unordered_map>

#include "frontend/paths.h"
#include "ipc/vault_protocol.h"

namespace frontend {

namespace wire = ipc::vault;

struct CollectionView {
  wire::CollectionInfo info;
  std::vector<std::uint64_t> items;  // ascending

  bool has(std::uint64_t number) const;
  void add(std::uint64_t number);
  void remove(std::uint64_t number);
  std::string path() const { return collection_path(info.name.value); }
  std::string path(std::uint64_t number) const { return item_path(info.name.value, number); }
};

class Model {
 public:
  // Names of the collections that differ from before.
  struct Change {
    std::vector<std::string> created, deleted, relabelled, locks, arrivals;
  };
  // Takes over what the vault says; items of a collection whose name stays are kept.
  Change apply(const wire::AwaitChange::Reply& state);

  // Null when there is none. An alias's path reaches its collection.
  CollectionView* find(const CollectionPath& path);
  CollectionView* find(const std::string& name);
  const CollectionView* find(const std::string& name) const;
  CollectionView* find(wire::CollectionId id);
  // The collection's name, or nothing.
  const std::string* alias(const std::string& name) const;
  std::vector<std::string> paths() const;
  std::vector<wire::CollectionId> ids() const;

 private:
  std::map<std::string, CollectionView> collections_;
  std::unordered_map<wire::CollectionId, std::string> names_;
  std::map<std::string, std::string> aliases_;
};

}  // namespace frontend
