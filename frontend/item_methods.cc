// org.freedesktop.Secret.Item
#include "frontend/names.h"
#include "frontend/service.h"

namespace frontend {

void Service::delete_item(Call call, const Path& path) {
  const wire::ItemId item = *item_at(path);
  ask(call, wire::DeleteItem{item}, [this, call, item](ipc::Nothing) {
    if (CollectionView* collection = model_.find(item.collection);
        collection && collection->has(item.number)) {
      collection->remove(item.number);
      emit_path(collection->path(), names::kCollection, "ItemDeleted",
                collection->path(item.number));
      emit_items(*collection);
    }
    call.reply([](Writer& writer) { writer.path("/"); });
  });
}

void Service::get_secret(Call call, const Path& path) {
  std::string session_path = call.arguments().path();
  const auto session = session_of(call, session_path);
  if (!session) return;
  ask(call, wire::ReadSecret{client_of(call), *session, *item_at(path)},
      [call, session_path = std::move(session_path)](wire::ReadSecret::Reply read) {
        const wire::Secret& secret = read.secret;
        call.reply([&](Writer& writer) {
          writer.secret(session_path, secret.parameters.value, secret.value.value,
                        secret.content_type.value);
        });
      });
}

void Service::set_secret(Call call, const Path& path) {
  BusSecret secret = call.arguments().secret();
  const auto session = session_of(call, secret.session);
  if (!session) return;
  const wire::ItemId item = *item_at(path);
  ask(call, wire::WriteSecret{client_of(call), *session, item, to_wire(std::move(secret))},
      [this, call, item](wire::Written written) {
        emit_item_change(item, {{}, {}, written.modified});
        call.reply();
      });
}

}  // namespace frontend
