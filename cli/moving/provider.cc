// Imports from a program that serves secrets now.
#include <fmt/format.h>

#include <algorithm>

#include "cli/moving/inventory.h"
#include "cli/moving/source.h"

namespace cli {
namespace {

constexpr std::size_t kAtOnce = 64;  // items whose secrets are in memory twice

base::Outcome check_other(SecretService& source, SecretService& target) {
  auto theirs = source.bus_id();
  if (!theirs) return base::fail(theirs.error());
  auto ours = target.bus_id();
  if (!ours) return base::fail(ours.error());
  if (*theirs == *ours && source.unique_name() == target.unique_name())
    return base::fail(base::Code::invalid, "this provider is the one to import into");
  return base::Ok{};
}

void add_item(Haul& haul, const std::string& path, base::Result<Item> item,
              base::Result<SecretValue> secret) {
  if (!item || !secret) {
    haul.losses.push_back({{}, path, item ? secret.error().what : item.error().what});
    return;
  }
  item->attributes.erase(kContentTypeAttribute);  // the secret says it
  haul.items.push_back({std::move(item->label), std::move(item->attributes), *std::move(secret)});
}

base::Outcome add_items(SecretService& source, const std::vector<std::string>& paths, Haul& haul) {
  for (std::size_t at = 0; at < paths.size(); at += kAtOnce) {
    const auto first = paths.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<std::string> some(
        first, first + static_cast<std::ptrdiff_t>(std::min(kAtOnce, paths.size() - at)));
    auto items = source.items(some);
    auto secrets = source.secrets(some);
    if (!secrets) return base::fail(secrets.error());
    for (std::size_t i = 0; i < some.size(); ++i)
      add_item(haul, some[i], std::move(items[i]), std::move((*secrets)[i]));
  }
  return base::Ok{};
}

base::Outcome add_collection(SecretService& source, const std::string& path, Haul& haul) {
  auto collection = source.collection(path);
  if (!collection) return base::fail(collection.error());
  if (collection->locked)
    if (auto unlocked = source.unlock({path}); !unlocked) {
      haul.losses.push_back({{}, collection->label, unlocked.error().what});
      return base::Ok{};
    }
  return add_items(source, collection->items, haul);
}

}  // namespace

base::Result<Haul> read_provider(const std::string& address, const std::string& name,
                                 SecretService& target) {
  auto source = SecretService::connect_to(address, name);
  if (!source) return base::fail(source.error());
  if (auto other = check_other(*source, target); !other) return base::fail(other.error());
  auto paths = source->collections();
  if (!paths) return base::fail(paths.error());
  // What lasts as long as the session is not meant to be kept.
  auto passing = source->read_alias("session");
  Haul haul;
  haul.format = "provider";
  for (const std::string& path : *paths) {
    if (passing && path == *passing) continue;
    if (auto added = add_collection(*source, path, haul); !added) return base::fail(added.error());
  }
  return haul;
}

}  // namespace cli
