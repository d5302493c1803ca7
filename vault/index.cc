#include "vault/index.h"

#include <algorithm>

namespace vault {

void Index::add(std::uint64_t number, const std::vector<Locator>& locators) {
  for (const Locator& locator : locators) {
    auto& numbers = postings_[locator];
    // New items have the highest number: nearly always an append.
    const auto at = std::lower_bound(numbers.begin(), numbers.end(), number);
    if (at == numbers.end() || *at != number) numbers.insert(at, number);
  }
}

void Index::remove(std::uint64_t number, const std::vector<Locator>& locators) {
  for (const Locator& locator : locators) {
    const auto posting = postings_.find(locator);
    if (posting == postings_.end()) continue;
    auto& numbers = posting->second;
    const auto at = std::lower_bound(numbers.begin(), numbers.end(), number);
    if (at != numbers.end() && *at == number) numbers.erase(at);
    if (numbers.empty()) postings_.erase(posting);
  }
}

const std::vector<std::uint64_t>& Index::candidates(const std::vector<Locator>& locators) const {
  static const std::vector<std::uint64_t> none;
  const std::vector<std::uint64_t>* rarest = nullptr;
  for (const Locator& locator : locators) {
    const auto posting = postings_.find(locator);
    if (posting == postings_.end()) return none;
    if (!rarest || posting->second.size() < rarest->size()) rarest = &posting->second;
  }
  return rarest ? *rarest : none;
}

}  // namespace vault
