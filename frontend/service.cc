#include "frontend/service.h"

#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "frontend/names.h"

namespace frontend {

namespace {

// Of signals: so many at once, and what is between two times.
constexpr std::size_t kSlice = 256;
constexpr std::chrono::milliseconds kPause{5};

bool is_plasma() {
  const char* desktop = std::getenv("XDG_CURRENT_DESKTOP");
  return desktop && std::string_view(desktop).find("KDE") != std::string_view::npos;
}

}  // namespace

Service::Service(base::EventLoop& loop, Bus& bus, VaultLink& vault, std::string machine_id,
                 Broker broker)
    : loop_(loop),
      bus_(bus),
      vault_(vault),
      machine_id_(std::move(machine_id)),
      broker_(std::move(broker)),
      prompts_({loop_, bus_, vault_, model_,
                [this](std::function<void()> then) { refresh(std::move(then)); }, is_plasma(),
                broker_.identify, broker_.start_pinentry}) {}

// --- The vault
// ------------------------------------------------------------------------------------

void Service::attach(base::UniqueFd vault) {
  clients_.drop_all_sessions();
  untold_items_.clear();
  vault_.attach(std::move(vault), [this](std::string why) {
    base::log::warning("the vault is gone: {}", why);
    bus_.set_open(false);
    broker_.on_serving(false);
    loop_.defer([this] { broker_.on_vault_lost(); });
  });
  vault_.call(wire::AwaitChange{}, [this](auto reply) {
    if (!reply) return;
    auto change = model_.apply(*reply);
    await_change(reply->revision);
    list_items(model_.ids(), std::move(change));
  });
}

// A fresh vault: which items there are is asked once, and followed from then on.
void Service::list_items(std::vector<wire::CollectionId> left, Model::Change change) {
  if (left.empty()) {
    announce(change);
    bus_.set_open(true);
    return broker_.on_serving(true);
  }
  const wire::CollectionId id = left.back();
  left.pop_back();
  vault_.call(wire::ListItems{id},
              [this, id, left = std::move(left), change = std::move(change)](auto reply) mutable {
                if (!reply && reply.error().code == base::Code::unavailable) return;
                if (CollectionView* collection = model_.find(id); collection && reply)
                  collection->items = std::move(reply->items.items);
                list_items(std::move(left), std::move(change));
              });
}

void Service::await_change(std::uint64_t seen) {
  vault_.call(wire::AwaitChange{seen}, [this](auto reply) {
    if (!reply) return;
    await_change(reply->revision);
    announce(model_.apply(*reply));
  });
}

// Answers of the vault come in order: what it says now has everything that it answered before.
void Service::refresh(std::function<void()> then) {
  vault_.call(wire::AwaitChange{}, [this, then = std::move(then)](auto reply) {
    if (reply) announce(model_.apply(*reply));
    then();
  });
}

// --- Signals
// --------------------------------------------------------------------------------------

void Service::announce(const Model::Change& change) {
  for (const std::string& name : change.created)
    emit_path(names::kServicePath, names::kService, "CollectionCreated", collection_path(name));
  for (const std::string& name : change.deleted)
    emit_path(names::kServicePath, names::kService, "CollectionDeleted", collection_path(name));
  if (!change.created.empty() || !change.deleted.empty()) emit_collections();
  for (const std::string& name : change.relabelled) {
    const CollectionView& collection = *model_.find(name);
    emit_path(names::kServicePath, names::kService, "CollectionChanged", collection.path());
    emit_changed(collection.path(), names::kCollection, "Label", "s",
                 [&](Writer& value) { value.text(collection.info.label.value); });
  }
  for (const std::string& name : change.locks) {
    const CollectionView& collection = *model_.find(name);
    const auto locked = [&](Writer& value) { value.boolean(collection.info.locked); };
    emit_path(names::kServicePath, names::kService, "CollectionChanged", collection.path());
    emit_changed(collection.path(), names::kCollection, "Locked", "b", locked);
    untold_locks_[name] = 0;
  }
  tell_locks();
  if (!change.locks.empty()) prompts_.on_change();
  for (const std::string& name : change.arrivals) find_arrivals(model_.find(name)->info.id);
}

void Service::find_arrivals(wire::CollectionId id) {
  vault_.call(wire::ListItems{id}, [this, id](auto reply) {
    CollectionView* collection = model_.find(id);
    if (!collection || !reply) return;
    for (const std::uint64_t number : reply->items.items)
      if (!collection->has(number)) untold_items_.push_back({id, number});
    tell_arrivals();
  });
}

// In slices, as tell_locks() does. Each is there for clients when it is told.
void Service::tell_arrivals() {
  if (telling_arrivals_ || untold_items_.empty()) return;
  for (std::size_t told = 0; told < kSlice && !bus_.is_behind() && !untold_items_.empty(); ++told) {
    const wire::ItemId item = untold_items_.front();
    untold_items_.pop_front();
    const CollectionView* collection = model_.find(item.collection);
    if (collection && !collection->has(item.number)) add_item(item);
  }
  if (untold_items_.empty()) return;
  telling_arrivals_ = true;
  loop_.after(kPause, [this] {
    telling_arrivals_ = false;
    tell_arrivals();
  });
}

// Slice by slice, so that a hundred thousand items hold up nobody, nor fill our memory when the bus
// takes them slowly.
void Service::tell_locks() {
  if (telling_locks_) return;
  if (untold_locks_.empty()) return;
  if (!bus_.is_behind()) tell_slice();
  if (untold_locks_.empty()) return bus_.scour();
  telling_locks_ = true;
  const auto next = [this] {
    telling_locks_ = false;
    tell_locks();
  };
  if (bus_.is_behind())
    loop_.after(kPause, next);
  else
    loop_.defer(next);
}

void Service::tell_slice() {
  const auto [name, from] = *untold_locks_.begin();
  const CollectionView* collection = model_.find(name);
  if (!collection) return void(untold_locks_.erase(name));
  const auto& items = collection->items;
  auto at = std::lower_bound(items.begin(), items.end(), from);
  for (std::size_t told = 0; at != items.end() && told < kSlice; ++at, ++told) {
    emit_item_changed(*collection, *at);
    emit_changed(collection->path(*at), names::kItem, "Locked", "b",
                 [&](Writer& value) { value.boolean(collection->info.locked); });
  }
  if (at == items.end())
    untold_locks_.erase(name);
  else
    untold_locks_[name] = *at;
}

void Service::emit_path(const std::string& path, const char* interface, const char* name,
                        const std::string& argument) {
  emit(path, interface, name, [&](Writer& writer) { writer.path(argument); });
}

void Service::emit_collections() {
  emit_changed(names::kServicePath, names::kService, "Collections", "ao",
               [&](Writer& value) { value.paths(model_.paths()); });
}

// The whole list while it is short. A long one would make each change cost more than the last, and
// to say only that it changed makes libsecret lose it (and fall over): ItemCreated and ItemDeleted
// say what there is to say.
void Service::emit_items(const CollectionView& collection) {
  constexpr std::size_t kMostInSignal = 100;
  if (collection.items.size() <= kMostInSignal)
    emit_changed(collection.path(), names::kCollection, "Items", "ao",
                 [&](Writer& value) { write_property(value, collection, "Items"); });
}

void Service::add_item(wire::ItemId item) {
  CollectionView* collection = model_.find(item.collection);
  if (!collection) return;
  collection->add(item.number);
  emit_path(collection->path(), names::kCollection, "ItemCreated", collection->path(item.number));
  emit_items(*collection);
}

void Service::change_item(wire::ItemId item) {
  if (const CollectionView* collection = model_.find(item.collection))
    emit_item_changed(*collection, item.number);
}

void Service::emit_item_changed(const CollectionView& collection, std::uint64_t number) {
  emit_path(collection.path(), names::kCollection, "ItemChanged", collection.path(number));
}

void Service::emit_item_change(wire::ItemId item, const ItemChange& change) {
  const CollectionView* collection = model_.find(item.collection);
  if (!collection) return;
  emit_item_changed(*collection, item.number);
  emit(collection->path(item.number), names::kProperties, "PropertiesChanged", [&](Writer& writer) {
    writer.text(names::kItem);
    writer.within(DBUS_TYPE_ARRAY, "{sv}", [&](Writer& changed) {
      if (change.label)
        changed.entry("Label", "s", [&](Writer& value) { value.text(*change.label); });
      if (change.attributes)
        changed.entry("Attributes", "a{ss}",
                      [&](Writer& value) { value.string_map(*change.attributes); });
      changed.entry("Modified", "t", [&](Writer& value) { value.number(change.modified); });
    });
    writer.texts({});
  });
}

// --- Paths
// ----------------------------------------------------------------------------------------

CollectionView* Service::collection_at(const Path& path) {
  if (const auto* collection = std::get_if<CollectionPath>(&path)) return model_.find(*collection);
  if (const auto* item = std::get_if<ItemPath>(&path)) return model_.find(item->collection);
  return nullptr;
}

std::optional<wire::ItemId> Service::item_at(const Path& path) {
  const auto* item = std::get_if<ItemPath>(&path);
  const CollectionView* collection = item ? model_.find(item->collection) : nullptr;
  if (!collection || !collection->has(item->number)) return std::nullopt;
  return wire::ItemId{collection->info.id, item->number};
}

bool Service::exists(const Path& path) {
  if (std::holds_alternative<CollectionPath>(path)) return collection_at(path) != nullptr;
  if (std::holds_alternative<ItemPath>(path)) return item_at(path).has_value();
  if (const auto* session = std::get_if<SessionPath>(&path))
    return clients_.session(session->number) != nullptr;
  if (const auto* prompt = std::get_if<PromptPath>(&path))
    return prompts_.owner(prompt->number) != nullptr;
  return !std::holds_alternative<UnknownPath>(path);
}

std::string Service::path_of(wire::ItemId item) {
  const CollectionView* collection = model_.find(item.collection);
  return collection ? collection->path(item.number) : "/";
}

Service::Names Service::paths_of(const std::vector<wire::ItemId>& items) {
  Names out;
  out.reserve(items.size());
  for (const wire::ItemId item : items) {
    // One that is not known here yet is not durable yet.
    const CollectionView* collection = model_.find(item.collection);
    if (collection && collection->has(item.number)) out.push_back(collection->path(item.number));
  }
  return out;
}

// --- Calls
// ----------------------------------------------------------------------------------------

void Service::on_call(Message message) {
  const Call call(bus_, std::move(message));
  if (prompts_.on_call(call)) return;
  const Path path = parse_path(call.message().path());
  const ObjectKind* kind = kind_of(path);
  if (!kind || !exists(path)) return call.no_object();
  const auto interface = call.message().interface();
  const auto member = call.message().member();
  for (const Method& method : kind->methods) {
    if (member != method.name || (!interface.empty() && interface != method.interface)) continue;
    if (call.message().signature() != method.in)
      return call.invalid(std::string(member) + " takes arguments of type (" + method.in + ")");
    return (this->*method.handler)(call, path);
  }
  call.error(dbus_error::kUnknownMethod, "No such method “" + std::string(member) +
                                             "” in interface “" + std::string(interface) + "”");
}

void Service::on_client_gone(const std::string& name) {
  const auto client = clients_.forget(name);
  prompts_.on_gone(name);
  if (client) vault_.call(wire::ForgetClient{*client}, [](auto) {});
}

void Service::introspect_object(Call call, const Path& path) {
  Names children;
  if (const auto* parent = std::get_if<ParentPath>(&path)) children = {parent->child};
  if (std::holds_alternative<ServicePath>(path)) {
    const std::string prefix = std::string(names::kServicePath) + "/";
    for (const std::string& collection : model_.paths())
      children.push_back(collection.substr(prefix.size()));
  }
  if (const auto* collection = std::get_if<CollectionPath>(&path))
    for (const std::uint64_t number : model_.find(*collection)->items)
      children.push_back(std::to_string(number));
  call.reply([&](Writer& writer) { writer.text(introspect(*kind_of(path), children)); });
}

void Service::ping(Call call, const Path&) { call.reply(); }

void Service::machine_id(Call call, const Path&) {
  call.reply([&](Writer& writer) { writer.text(machine_id_); });
}

}  // namespace frontend
