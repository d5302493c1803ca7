// What was found in one place, on its way into a collection.
#pragma once

#include "cli/secret_service.h"

namespace cli {

struct MovedItem {
  std::string label;
  Attributes attributes;
  SecretValue secret;
};

// Something that could not be read, while the rest could.
struct Loss {
  std::optional<std::uint64_t> item;  // counted from 0 as the source counts; none: not of one item
  std::string what;
  std::string why;
};

struct Haul {
  std::string format;  // in words of the JSON that coffer prints: "gnome-keyring"
  std::string label;   // the collection's, where there is one
  std::vector<MovedItem> items;
  std::vector<Loss> losses;
};

}  // namespace cli
