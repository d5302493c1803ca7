// An incremental hash of the set of a collection's items: adding, replacing and removing one costs
// the same whatever their number.
#pragma once

#include "vault/keys.h"

namespace vault {

// The sum, modulo 2^256, of a keyed hash of each item's (number, version). Without the manifest key
// nobody can make another set with the same sum.
class SetHash {
 public:
  SetHash() = default;
  explicit SetHash(const Hash& sum) : sum_(sum) {}

  void add(std::uint64_t number, std::uint64_t version, const CollectionKeys& keys);
  void remove(std::uint64_t number, std::uint64_t version, const CollectionKeys& keys);
  const Hash& sum() const { return sum_; }
  bool operator==(const SetHash&) const = default;

 private:
  Hash sum_{};
};

}  // namespace vault
