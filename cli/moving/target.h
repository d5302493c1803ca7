// The collection that secrets are imported into: what it has, and what is added to it.
#pragma once

#include <map>
#include <set>
#include <span>

#include "cli/fingerprint.h"
#include "cli/moving/haul.h"

namespace cli {

// What an item is to the collection.
enum class Verdict {
  fresh,      // nothing has its attributes
  duplicate,  // something has its attributes and its secret: it is there already
  conflict,   // something has its attributes and another secret: both are kept
};

// The attributes as they are compared: without the schema that providers give to what has none.
Attributes compared(Attributes attributes);

// Tells what is there already, by attributes and secrets; keeps no secret.
class Inventory {
 public:
  // An item that is there; its secret is added when it is needed.
  void add_unread(const Attributes& attributes, std::string path);
  // The paths of the items with such attributes whose secrets were not added yet; forgets them.
  std::vector<std::string> take_unread(const Attributes& attributes);
  void add_secret(const Attributes& attributes, base::ByteView secret);

  // `item` against all that is there.
  Verdict judge(const MovedItem& item) const;

 private:
  struct Entry {
    std::vector<std::string> unread;
    std::set<Fingerprints::Digest> secrets;
  };
  Fingerprints fingerprints_;
  std::map<Attributes, Entry> entries_;
};

class Target {
 public:
  struct Result {
    Verdict verdict;
    std::string failure;  // in words; empty when it was stored, and read back as it should be
  };

  // The collection is unlocked. With `dry`, nothing is stored.
  static base::Result<Target> open(SecretService& service, std::string collection, bool dry);

  // As many as fit a batch, at most kBatch. Fails when the provider is gone.
  static constexpr std::size_t kBatch = 64;
  base::Result<std::vector<Result>> add(std::span<MovedItem> items);

 private:
  Target(SecretService& service, std::string collection, bool dry)
      : service_(&service), collection_(std::move(collection)), dry_(dry) {}
  base::Outcome take_stock();
  base::Outcome read_alike(std::span<const MovedItem> items);
  base::Outcome store(std::span<MovedItem> items, std::vector<Result>& results);
  base::Outcome verify(std::span<const NewItem> items, const std::vector<std::string>& paths,
                       const std::vector<Result*>& results);

  SecretService* service_;
  std::string collection_;
  bool dry_;
  Inventory inventory_;
};

}  // namespace cli
