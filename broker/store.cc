#include "broker/store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace broker {
namespace {

using namespace ipc::store;

ipc::Answer<Write>::Result reply_of(const base::Outcome& outcome) {
  if (!outcome) return base::fail(outcome.error());
  return ipc::Nothing{};
}

}  // namespace

base::Result<Store> Store::open(base::EventLoop& loop, const std::string& data_directory) {
  auto collections = Collections::open(data_directory + "/collections");
  if (!collections) return base::fail(collections.error());
  auto catalog = Catalog::open(data_directory);
  if (!catalog)
    base::log::error("there are no aliases: {}; move the file away to start with none",
                     catalog.error().what);
  return Store(loop, *std::move(collections), std::move(catalog));
}

void Store::on(ListCollections, ipc::Answer<ListCollections> answer) {
  ListCollections::Reply reply;
  const std::vector<std::string> names = collections_.names();
  for (const std::string& name : names) reply.collections.items.push_back({name});
  auto aliases = catalog_ ? catalog_->aliases() : std::vector<ipc::Alias>{};
  if (!aliases) base::log::error("there are no aliases: {}", aliases.error().what);
  for (ipc::Alias& alias : aliases ? *aliases : std::vector<ipc::Alias>{})
    if (std::binary_search(names.begin(), names.end(), alias.collection.value))
      reply.aliases.items.push_back(std::move(alias));
  answer(std::move(reply));
}

void Store::on(LoadCollection request, ipc::Answer<LoadCollection> answer) {
  flush(request.collection.value);
  auto file = collections_.find(request.collection.value);
  if (!file) return answer(base::fail(file.error()));
  answer((*file)->load());
}

void Store::on(LoadItems request, ipc::Answer<LoadItems> answer) {
  flush(request.collection.value);
  auto file = collections_.find(request.collection.value);
  if (!file) return answer(base::fail(file.error()));
  answer((*file)->rows_after(request.after));
}

void Store::on(Write request, ipc::Answer<Write> answer) {
  const std::string name = request.collection.value;
  auto& queue = queued_[name];
  queue.push_back({std::move(request), std::move(answer)});
  if (queue.size() == 1) loop_->defer([this, name] { flush(name); });
}

void Store::on(CreateCollection request, ipc::Answer<CreateCollection> answer) {
  flush(request.collection.value);
  answer(reply_of(collections_.create(request)));
}

void Store::on(DeleteCollection request, ipc::Answer<DeleteCollection> answer) {
  const std::string& name = request.collection.value;
  flush(name);
  auto removed = collections_.remove(name);
  if (removed && catalog_)
    if (auto done = catalog_->forget(name); !done) base::log::warning("{}", done.error().what);
  answer(reply_of(removed));
}

void Store::on(SetAlias request, ipc::Answer<SetAlias> answer) {
  answer(reply_of(change_alias(request)));
}

base::Outcome Store::change_alias(const SetAlias& request) {
  if (!catalog_) return base::fail(catalog_.error());
  if (request.alias.value.empty()) return base::fail(base::Code::invalid, "an alias needs a name");
  if (!request.collection.value) return catalog_->clear(request.alias.value);
  const std::string& collection = request.collection.value->value;
  if (auto found = collections_.find(collection); !found) return base::fail(found.error());
  return catalog_->set(request.alias.value, collection);
}

void Store::flush(const std::string& collection) {
  auto queue = queued_.extract(collection);
  if (!queue) return;
  std::vector<Queued>& batch = queue.mapped();
  auto file = collections_.find(collection);
  if (!file) {
    for (Queued& each : batch) each.answer(base::fail(file.error()));
    return;
  }
  commit(**file, batch);
  (*file)->tend_log();
}

// A write that does not continue what the writes before it leave behind is refused by itself. When
// the others cannot be stored together, each gets a transaction of its own, so that one that fails
// takes no other with it.
void Store::commit(CollectionFile& file, std::span<Queued> batch) {
  auto generation = file.generation();
  base::Outcome done = base::Ok{};
  if (!generation) done = base::fail(generation.error());
  std::vector<const Write*> next;
  for (const Queued& each : batch) {
    if (!generation || each.write.previous != *generation ||
        each.write.generation <= each.write.previous)
      continue;
    next.push_back(&each.write);
    *generation = each.write.generation;
  }
  if (!next.empty()) done = file.apply(next);
  if (!done && batch.size() > 1) {
    for (std::size_t i = 0; i < batch.size(); ++i) commit(file, batch.subspan(i, 1));
    return;
  }
  if (!done) base::log::error("{}", done.error().what);
  for (Queued& each : batch) {
    const bool tried = std::find(next.begin(), next.end(), &each.write) != next.end();
    each.answer(tried || !generation
                    ? reply_of(done)
                    : base::fail(base::Code::conflict,
                                 fmt::format("the collection {} has changed in the meantime",
                                             each.write.collection.value)));
  }
}

}  // namespace broker
