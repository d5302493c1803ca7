#include "tests/power/contents.h"

namespace power {

using namespace ipc::store;

base::Result<Collection> OpenStore::collection(const std::string& name) {
  auto first = ask(LoadCollection{{name}});
  if (!first) return base::fail(first.error());
  Collection found{first->generation, first->header.value, first->manifest.value, {}};
  for (std::uint64_t after = 0;;) {
    auto page = ask(LoadItems{{name}, after});
    if (!page) return base::fail(page.error());
    for (const Row& row : page->rows.items)
      found.items[after = row.number] = {row.version, row.box.value};
    if (!page->more) return found;
  }
}

base::Result<Contents> OpenStore::contents() {
  auto list = ask(ListCollections{});
  if (!list) return base::fail(list.error());
  Contents found;
  for (const auto& name : list->collections.items) {
    auto loaded = collection(name.value);
    if (!loaded) return base::fail(loaded.error());
    found.collections[name.value] = *std::move(loaded);
  }
  for (const auto& alias : list->aliases.items)
    found.aliases[alias.name.value] = alias.collection.value;
  return found;
}

}  // namespace power
