// Finds a collection's items by their locators.
#pragma once

#include <cstring>
#include <unordered_map>

#include "vault/records.h"

namespace vault {

class Index {
 public:
  void add(std::uint64_t number, const std::vector<Locator>& locators);
  void remove(std::uint64_t number, const std::vector<Locator>& locators);
  void clear() { postings_.clear(); }

  // Ascending numbers of the items that may have all of `locators` (at least one): those of the
  // rarest of them. The caller filters.
  const std::vector<std::uint64_t>& candidates(const std::vector<Locator>& locators) const;

 private:
  // A locator is a keyed hash already.
  struct Prefix {
    std::size_t operator()(const Locator& locator) const {
      std::size_t value = 0;
      std::memcpy(&value, locator.data(), sizeof value);
      return value;
    }
  };
  std::unordered_map<Locator, std::vector<std::uint64_t>, Prefix> postings_;
};

}  // namespace vault
