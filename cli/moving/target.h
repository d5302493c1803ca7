// The collection that secrets are imported into: what it has, and what is added to it.
#pragma once

#include <set>
#include <span>

#include "cli/moving/inventory.h"

namespace cli {

class Target {
 public:
  struct Result {
    Verdict verdict;
    std::string failure;  // in words; empty when it was stored, and read back as it should be
  };

  // The collection is unlocked. With `dry`, nothing is stored, and an empty path is a collection
  // that is not there yet.
  static base::Result<Target> open(SecretService& service, std::string collection, bool dry);

  // Call it before the first item of each source: see Inventory.
  void begin_source() { inventory_.begin_source(); }

  // As many as fit a batch, at most kBatch. Fails when the provider is gone.
  static constexpr std::size_t kBatch = 64;
  base::Result<std::vector<Result>> add(std::span<MovedItem> items);

 private:
  Target(SecretService& service, std::string collection, bool dry)
      : service_(&service),
        collection_(std::move(collection)),
        dry_(dry),
        keeps_content_types_(!service.describe().empty()) {}
  // Of what is in the collection and was not there, or not known, before.
  base::Outcome take_stock();
  base::Outcome read_alike(std::span<const MovedItem> items);
  base::Outcome store(std::span<MovedItem> items, std::vector<Result>& results);
  base::Outcome verify(std::span<const NewItem> items, const std::vector<std::string>& paths,
                       const std::vector<Result*>& results);

  SecretService* service_;
  std::string collection_;
  bool dry_;
  bool keeps_content_types_;     // Coffer does; gnome-keyring calls everything text/plain
  std::set<std::string> known_;  // paths of what the inventory has
  Inventory inventory_;
};

}  // namespace cli
