#include "cli/moving/target.h"

#include <fmt/format.h>

namespace cli {
namespace {

// The one thing that is not as it should be; empty when all is. Content types count with `types`.
std::string difference(const NewItem& wanted, const base::Result<Item>& item,
                       const base::Result<SecretValue>& secret, bool types) {
  if (!item) return "it cannot be read back: " + item.error().what;
  if (!secret) return "its secret cannot be read back: " + secret.error().what;
  if (secret->bytes.text() != wanted.secret.bytes.text())
    return "another secret was read back than was stored";
  if (compared(item->attributes) != compared(wanted.attributes))
    return "other attributes were read back than were stored";
  if (item->label != wanted.label) return "another label was read back than was stored";
  if (types && secret->content_type != wanted.secret.content_type)
    return "another content type was read back than was stored";
  return {};
}

}  // namespace

base::Result<Target> Target::open(SecretService& service, std::string collection, bool dry) {
  Target target(service, std::move(collection), dry);
  if (auto known = target.take_stock(); !known) return base::fail(known.error());
  return target;
}

base::Outcome Target::take_stock() {
  if (dry_ && collection_.empty()) return base::Ok{};
  auto collection = service_->collection(collection_);
  if (!collection) return base::fail(collection.error());
  std::vector<std::string> unknown;
  for (const std::string& path : collection->items)
    if (known_.insert(path).second) unknown.push_back(path);
  for (auto& item : service_->items(unknown)) {
    if (item)
      inventory_.add_unread(item->attributes, {item->label, item->path});
    else if (item.error().code != base::Code::no_such_item)  // deleted meanwhile
      return base::fail(item.error());
  }
  return base::Ok{};
}

// So that `items` can be judged.
base::Outcome Target::read_alike(std::span<const MovedItem> items) {
  std::vector<std::string> paths;
  std::vector<std::pair<const Attributes*, std::string>> alike;  // and their labels
  for (const MovedItem& item : items)
    for (auto& unread : inventory_.take_unread(item.attributes)) {
      paths.push_back(std::move(unread.path));
      alike.emplace_back(&item.attributes, std::move(unread.label));
    }
  if (paths.empty()) return base::Ok{};
  auto secrets = service_->secrets(paths);
  if (!secrets) return base::fail(secrets.error());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto& secret = (*secrets)[i];
    if (secret)
      inventory_.add(*alike[i].first, alike[i].second, secret->bytes.view());
    else if (secret.error().code != base::Code::no_such_item)
      return base::fail(secret.error());
  }
  return base::Ok{};
}

base::Result<std::vector<Target::Result>> Target::add(std::span<MovedItem> items) {
  // What an interrupted import had sent may still arrive.
  if (!dry_)
    if (auto known = take_stock(); !known) return base::fail(known.error());
  if (auto read = read_alike(items); !read) return base::fail(read.error());
  std::vector<Result> results;
  for (const MovedItem& item : items) results.push_back({inventory_.take(item), {}});
  if (!dry_)
    if (auto stored = store(items, results); !stored) return base::fail(stored.error());
  return results;
}

base::Outcome Target::store(std::span<MovedItem> items, std::vector<Result>& results) {
  std::vector<NewItem> wanted;
  std::vector<Result*> theirs;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (results[i].verdict == Verdict::duplicate) continue;
    MovedItem& item = items[i];
    wanted.push_back({std::move(item.label), std::move(item.attributes), std::move(item.secret),
                      /*replace=*/false});
    theirs.push_back(&results[i]);
  }
  auto created = service_->create_items(collection_, wanted);
  if (!created) return base::fail(created.error());
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& path = (*created)[i];
    if (!path && path.error().code == base::Code::unavailable) return base::fail(path.error());
    if (!path) theirs[i]->failure = path.error().what;
    if (path) known_.insert(*path);
    paths.push_back(path ? *path : "");
  }
  return verify(wanted, paths, theirs);
}

base::Outcome Target::verify(std::span<const NewItem> items, const std::vector<std::string>& paths,
                             const std::vector<Result*>& results) {
  std::vector<std::string> stored;
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (!paths[i].empty()) {
      stored.push_back(paths[i]);
      which.push_back(i);
    }
  if (stored.empty()) return base::Ok{};
  const auto read = service_->items(stored);
  const auto secrets = service_->secrets(stored);
  if (!secrets) return base::fail(secrets.error());
  for (std::size_t i = 0; i < which.size(); ++i)
    results[which[i]]->failure =
        difference(items[which[i]], read[i], (*secrets)[i], keeps_content_types_);
  return base::Ok{};
}

}  // namespace cli
