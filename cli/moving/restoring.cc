#include "cli/moving/restoring.h"

#include <algorithm>

#include "cli/moving/adding.h"
#include "cli/moving/backup_file.h"
#include "cli/moving/document.h"
#include "cli/output.h"

namespace cli {
namespace {

constexpr const char* kLogin = "login";
constexpr const char* kNone = "/";  // what an alias of nothing stands for

struct Existing {
  std::string path;
  std::string label;
  bool taken = false;
};

base::Result<std::vector<Existing>> existing_collections(SecretService& service) {
  auto paths = service.collections();
  if (!paths) return base::fail(paths.error());
  const auto passing = service.read_alias("session");
  std::vector<Existing> found;
  for (const std::string& path : *paths) {
    if (passing && path == *passing) continue;
    auto collection = service.collection(path);
    if (!collection) return base::fail(collection.error());
    found.push_back({path, std::move(collection->label), false});
  }
  return found;
}

template <class F>
std::string take(std::vector<Existing>& existing, F&& is_it) {
  const auto found = std::find_if(existing.begin(), existing.end(),
                                  [&](const Existing& each) { return !each.taken && is_it(each); });
  if (found == existing.end()) return {};
  found->taken = true;
  return found->path;
}

bool is_login(const transfer::Backup& backup, std::size_t collection) {
  const auto aliases = aliases_in(backup, collection);
  return std::find(aliases.begin(), aliases.end(), kLogin) != aliases.end();
}

// The older first, so that they stay older than the others.
std::vector<MovedItem> items_of(transfer::Document& document) {
  std::stable_sort(document.records.begin(), document.records.end(),
                   [](const auto& one, const auto& next) { return one.created < next.created; });
  std::vector<MovedItem> items;
  for (transfer::Record& record : document.records) items.push_back(moved(std::move(record)));
  return items;
}

base::Outcome make_ready(SecretService& service, CollectionRestore& restore, bool dry) {
  if (!restore.path.empty()) return service.unlock({restore.path});
  restore.made = true;
  if (dry) return base::Ok{};
  auto made = service.create_collection(restore.report.label);
  restore.made = static_cast<bool>(made);
  if (!made) return base::fail(made.error());
  restore.path = *std::move(made);
  return base::Ok{};
}

// One that stands for something else already stays as it is; so does one that the provider lets
// nobody set, as `login`.
base::Outcome give_aliases(SecretService& service, const std::vector<std::string>& aliases,
                           CollectionRestore& restore, bool dry) {
  for (const std::string& alias : aliases) {
    const auto now = service.read_alias(alias);
    if (!now) return base::fail(now.error());
    if (*now != kNone) continue;
    auto set = dry ? base::Outcome(base::Ok{}) : service.set_alias(alias, restore.path);
    if (!set && set.error().code == base::Code::not_supported) continue;
    if (!set) return set;
    restore.aliases.push_back(alias);
  }
  return base::Ok{};
}

base::Outcome fill(SecretService& service, transfer::Document& document, CollectionRestore& restore,
                   bool dry) {
  auto target = Target::open(service, restore.path, dry);
  if (!target) return base::fail(target.error());
  std::vector<MovedItem> items = items_of(document);
  return add_items(*target, items, restore.report, dry);
}

base::Outcome restore_one(SecretService& service, transfer::Document& document,
                          const std::vector<std::string>& aliases, CollectionRestore& restore,
                          bool dry) {
  if (auto ready = make_ready(service, restore, dry); !ready) return ready;
  if (auto given = give_aliases(service, aliases, restore, dry); !given) return given;
  return fill(service, document, restore, dry);
}

// 2026-01-31T12:00:00Z without what separates.
std::string stamp_of(std::uint64_t when) {
  std::string stamp = iso_time(when);
  std::erase_if(stamp, [](char letter) { return letter == '-' || letter == ':'; });
  return stamp;
}

}  // namespace

base::Result<std::vector<std::string>> destinations(SecretService& service,
                                                    const transfer::Backup& backup) {
  auto existing = existing_collections(service);
  if (!existing) return base::fail(existing.error());
  const auto login = service.read_alias(kLogin);
  if (!login) return base::fail(login.error());
  std::vector<std::string> paths(backup.collections.size());
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (is_login(backup, i))
      paths[i] = take(*existing, [&](const Existing& each) { return each.path == *login; });
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (paths[i].empty())
      paths[i] = take(*existing, [&](const Existing& each) {
        return each.label == backup.collections[i].start.label.value;
      });
  return paths;
}

std::vector<CollectionRestore> restore_collections(SecretService& service, transfer::Backup& backup,
                                                   const std::vector<std::string>& paths,
                                                   bool dry) {
  std::vector<CollectionRestore> restores;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    transfer::Document& document = backup.collections[i];
    CollectionRestore restore;
    restore.path = paths[i];
    restore.report.label = document.start.label.value;
    restore.report.source = restore.report.label;
    restore.report.format = "backup";
    restore.report.items = document.records.size();
    auto restored = restore_one(service, document, aliases_in(backup, i), restore, dry);
    if (!restored) restore.report.error = restored.error();
    restores.push_back(std::move(restore));
    if (!restored && restored.error().code == base::Code::unavailable && !service.provider()) break;
  }
  return restores;
}

std::vector<KeyringRestore> restore_keyrings(const transfer::Backup& backup, bool dry) {
  std::vector<KeyringRestore> restores;
  for (const transfer::Keyring& keyring : backup.keyrings) {
    KeyringRestore restore{keyring.application.value, {}, {}};
    auto place = place_for(keyring, stamp_of(backup.created));
    if (place) restore.place = *place;
    auto done = !place ? base::Outcome(base::fail(place.error()))
                : dry  ? base::Outcome(base::Ok{})
                       : put_back(keyring, *place);
    if (!done) restore.error = done.error();
    restores.push_back(std::move(restore));
  }
  return restores;
}

}  // namespace cli
