// org.freedesktop.Secret.Collection
#include "frontend/names.h"
#include "frontend/service.h"

namespace frontend {

void Service::delete_collection(Call call, const Path& path) {
  const CollectionView& collection = *collection_at(path);
  // One that holds items is deleted only after a confirmation. The session collection refuses
  // itself.
  if (!collection.items.empty() && collection.info.name.value != "session") {
    if (const auto prompt = make_prompt(call, DeletionWork{collection.info.name.value}))
      call.reply([&](Writer& writer) { writer.path(*prompt); });
    return;
  }
  change(call, wire::DeleteCollection{collection.info.id},
         [call](ipc::Nothing) { call.reply([](Writer& writer) { writer.path("/"); }); });
}

void Service::search_collection(Call call, const Path& path) {
  const StringMap attributes = call.arguments().string_map();
  ask(call, wire::SearchItems{{collection_at(path)->info.id}, to_wire(attributes)},
      [this, call](wire::SearchItems::Reply found) {
        auto& all = found.unlocked.items;
        all.insert(all.end(), found.locked.items.begin(), found.locked.items.end());
        call.reply([&](Writer& writer) { writer.paths(paths_of(all)); });
      });
}

void Service::create_item(Call call, const Path& path) {
  Reader arguments = call.arguments();
  std::string why;
  auto properties = read_item_properties(arguments, why);
  BusSecret secret = arguments.secret();
  const bool replace = arguments.boolean();
  if (!properties || !arguments.ok())
    return call.invalid(why.empty() ? "malformed arguments" : why);
  const auto session = session_of(call, secret.session);
  if (!session) return;
  wire::CreateItem request{client_of(call),
                           *session,
                           collection_at(path)->info.id,
                           {properties->label},
                           to_wire(properties->attributes),
                           to_wire(std::move(secret)),
                           replace};
  ask(call, std::move(request),
      [this, call, label = std::move(properties->label),
       attributes = std::move(properties->attributes)](wire::CreateItem::Reply made) {
        if (made.replaced)
          emit_item_change(made.item, {label, attributes, made.modified});
        else
          add_item(made.item);
        call.reply([&](Writer& writer) { writer.path(path_of(made.item)).path("/"); });
      });
}

}  // namespace frontend
