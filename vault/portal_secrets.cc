#include "vault/portal_secrets.h"

#include <tuple>

#include "vault/publishers.h"
#include "vault/vault.h"

namespace vault {
namespace {

constexpr const char* kApplication = "app_id";
constexpr const char* kSchema = "xdg:schema";
constexpr const char* kSchemaName = "org.freedesktop.portal.Secret";
constexpr int kReadings = 3;  // of an item that changes while it is read back

ipc::Attributes attributes_of(const std::string& application) {
  return {{{{kApplication}, {application}}, {{kSchema}, {kSchemaName}}}};
}

}  // namespace

// --- Looking ------------------------------------------------------------------------------------

// Where both a locked and an unlocked collection have one, the locked one counts as well: which of
// them it is must not depend on what is open just now.
PortalSecrets::Candidates PortalSecrets::best_with(const ipc::Attributes& attributes,
                                                   const ipc::Installed& now) const {
  // Foreign, created, collection, number.
  using Rank = std::tuple<bool, std::uint64_t, std::string, std::uint64_t>;
  Found found;
  std::optional<Rank> best;
  for (const wire::CollectionId id : vault_.collections()) {
    const Collection& collection = *vault_.find(id);
    const auto numbers =
        vault_.is_stored(id) ? collection.search(attributes) : Collection::Numbers();
    if (!numbers.empty() && collection.is_locked()) {
      found.locked.push_back(id);
      continue;
    }
    if (numbers.empty() && vault_.is_stored(id) && collection.has_left_out(attributes))
      return base::fail(base::Code::damaged, "the application's secret is damaged");
    for (const std::uint64_t number : numbers) {
      const auto item = collection.open(number);
      if (!item) return base::fail(item.error());
      const Kinship kinship = kinship_of(item->details.attributes, now);
      const Rank rank{kinship == Kinship::foreign, item->details.created, collection.name(),
                      number};
      if (best && *best <= rank) continue;
      best = rank;
      found.item = wire::ItemId{id, number};
      found.foreign = kinship == Kinship::foreign;
      found.recorded = kinship == Kinship::same || now.publishers.items.empty();
      found.source = recorded_source(item->details.attributes);
    }
  }
  if (!found.locked.empty()) found.item.reset();
  if (found.locked.empty() && !found.item) return std::optional<Found>();
  return std::optional(std::move(found));
}

// Where locked collections cannot be searched, each of them may have it.
base::Result<PortalSecrets::Found> PortalSecrets::place_for_new() const {
  Found found;
  const auto into = vault_.by_alias("default");
  if (!into || !vault_.is_stored(*into))
    return base::fail(base::Code::no_such_collection, "there is no default collection");
  for (const wire::CollectionId id : vault_.collections()) {
    const Collection& collection = *vault_.find(id);
    const bool may_have = !vault_.settings().locked_search && !collection.numbers().empty();
    if (collection.is_locked() && (id == *into || may_have)) found.locked.push_back(id);
  }
  return found;
}

base::Result<PortalSecrets::Found> PortalSecrets::find(
    const wire::PortalApplication& application) const {
  if (application.id.value.empty())
    return base::fail(base::Code::invalid, "an application without an id has no secret");
  std::vector<std::string> ids{application.id.value};
  for (const auto& previous : application.installed.previous.items) ids.push_back(previous.value);
  std::optional<Found> foreign;
  for (const std::string& id : ids) {
    const ipc::Attributes both = attributes_of(id);
    const ipc::Attributes no_schema{{both.items.front()}};
    for (const ipc::Attributes& attributes : {both, no_schema}) {
      auto best = best_with(attributes, application.installed);
      if (!best) return base::fail(best.error());
      if (*best && !(*best)->foreign) return **std::move(best);
      if (*best && !foreign) foreign = **std::move(best);
    }
  }
  if (foreign) return *std::move(foreign);
  return place_for_new();
}

// --- Making -------------------------------------------------------------------------------------

base::Result<PortalSecrets::Found> PortalSecrets::find_unlocked(
    const wire::PortalApplication& application) const {
  auto found = find(application);
  if (found && !found->locked.empty())
    return base::fail(base::Code::locked, "the collection is locked");
  return found;
}

void PortalSecrets::make(const wire::PortalApplication& application, Made made) {
  const auto found = find_unlocked(application);
  if (!found) return made(base::fail(found.error()));
  if (found->item && !found->foreign)
    return made(wire::MakePortalSecret::Reply{*found->item, false});
  const auto place = place_for_new();
  if (!place) return made(base::fail(place.error()));
  if (!place->locked.empty())
    return made(base::fail(base::Code::locked, "the default collection is locked"));
  const wire::CollectionId id = *vault_.by_alias("default");
  auto secret = SecretBytes::make(vault_.arena(), kSize);
  if (!secret) return made(base::fail(secret.error()));
  randombytes_buf(secret->expose().data(), kSize);
  ItemDetails details{{"Application key for " + application.id.value},
                      attributes_of(application.id.value),
                      now(),
                      now(),
                      {"application/octet-stream"}};
  if (const auto& now = application.installed.publishers.items; !now.empty())
    record(details.attributes, now.front());
  auto added = vault_.find(id)->add(std::move(details), secret->expose());
  if (!added) return made(base::fail(added.error()));
  const wire::MakePortalSecret::Reply reply{{id, added->first}, true};
  vault_.commit(id, std::move(added->second), [made, reply](const base::Outcome& outcome) {
    if (!outcome) return made(base::fail(outcome.error()));
    made(reply);
  });
}

void PortalSecrets::adopt(const wire::PortalApplication& application, Adopted adopted) {
  const auto found = find_unlocked(application);
  if (!found) return adopted(base::fail(found.error()));
  const auto& now = application.installed.publishers.items;
  if (!found->item || now.empty())
    return adopted(base::fail(base::Code::no_such_item, "there is nothing to record"));
  const wire::ItemId id = *found->item;
  auto item = vault_.find(id.collection)->open(id.number);
  if (!item) return adopted(base::fail(item.error()));
  record(item->details.attributes, now.front());
  vault_.commit(id.collection,
                vault_.find(id.collection)->replace(id.number, item->details, item->secret()),
                [adopted, id](const base::Outcome& outcome) {
                  if (!outcome) return adopted(base::fail(outcome.error()));
                  adopted(wire::AdoptPortalSecret::Reply{id});
                });
}

// --- Writing ------------------------------------------------------------------------------------

// One descriptor on its way. Keeps itself alive until it is over. The secret is opened for each
// attempt, so that none is left in memory when the collection is locked meanwhile.
class PortalSecrets::Delivery : public std::enable_shared_from_this<Delivery> {
 public:
  Delivery(PortalSecrets& all, base::UniqueFd to, Done done)
      : all_(all), vault_(all.vault_), to_(std::move(to)), done_(std::move(done)) {
    ++all_.deliveries_;
  }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  void begin(wire::ItemId item) {
    item_ = item;
    read_back(kReadings);
  }
  void finish(base::Outcome outcome) {
    if (watched_) vault_.loop().unwatch(to_.get());
    vault_.loop().cancel(deadline_);
    to_ = base::UniqueFd();
    --all_.deliveries_;
    std::exchange(done_, nullptr)(std::move(outcome));
  }

 private:
  void read_back(int times) {
    if (!vault_.find(item_.collection))
      return finish(base::fail(base::Code::no_such_collection, "the collection was deleted"));
    vault_.read_back(item_.collection, item_.number,
                     [self = shared_from_this(), times](const base::Outcome& stored) {
                       if (stored) return self->try_now();
                       const base::Error& why = stored.error();
                       if (why.code == base::Code::conflict && times > 1)
                         return self->read_back(times - 1);
                       self->finish(base::fail(why));
                     });
  }

  void try_now() {
    const Collection* collection = vault_.find(item_.collection);
    if (!collection)
      return finish(base::fail(base::Code::no_such_collection, "the collection was deleted"));
    auto item = collection->open(item_.number);
    if (!item) return finish(base::fail(item.error()));
    const auto written = vault_.handover()->write(to_.get(), item->secret());
    if (!written) return finish(base::fail(written.error()));
    if (*written) return finish(base::Ok{});
    wait_for_room();
  }

  void wait_for_room() {
    if (watched_) return;
    EventLoop& loop = vault_.loop();
    const auto self = shared_from_this();
    if (auto watched = loop.watch(to_.get(), EPOLLOUT, [self](std::uint32_t) { self->try_now(); });
        !watched)
      return finish(std::move(watched));
    watched_ = true;
    deadline_ = loop.after(kPatience, [self] {
      self->finish(base::fail(base::Code::unavailable, "nobody reads the secret"));
    });
  }

  using EventLoop = base::EventLoop;
  PortalSecrets& all_;
  Vault& vault_;
  base::UniqueFd to_;
  Done done_;
  wire::ItemId item_;
  bool watched_ = false;
  EventLoop::Timer deadline_{};
};

void PortalSecrets::write(const wire::PortalApplication& application, base::UniqueFd to,
                          Done done) {
  const auto refuse = [&](base::Failure<base::Error> why) {
    to = base::UniqueFd();
    done(std::move(why));
  };
  if (!vault_.handover())
    return refuse(base::fail(base::Code::not_supported, "this vault serves no portal"));
  if (deliveries_ >= kMaxDeliveries)
    return refuse(base::fail(base::Code::limits_exceeded, "too many secrets are being written"));
  const auto found = find_unlocked(application);
  if (!found) return refuse(base::fail(found.error()));
  if (!found->item) return refuse(base::fail(base::Code::no_such_item, "there is no secret"));
  if (found->foreign)
    return refuse(base::fail(base::Code::denied, "the secret is of another publisher's"));
  std::make_shared<Delivery>(*this, std::move(to), std::move(done))->begin(*found->item);
}

}  // namespace vault
