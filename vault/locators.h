// Attributes as keyed hashes: what finds an item without saying what it is.
#pragma once

#include "vault/keys.h"

namespace vault {

// The hash of one (name, value) in one collection, under the installation's locator key or the
// collection's index key.
Locator locator_of(const ipc::Attribute& attribute, const Uuid& uuid, base::ByteView key);
// Those of a whole set, ascending.
std::vector<Locator> locators_of(const ipc::Attributes& attributes, const Uuid& uuid,
                                 base::ByteView key);

base::Bytes join(const std::vector<Locator>& locators);
// Empty when `bytes` is not a whole number of locators.
std::vector<Locator> split(base::ByteView bytes);

}  // namespace vault
