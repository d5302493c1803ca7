// Passwords of collections: GNOME's internal interface, and ChangeLock.
#include "frontend/names.h"
#include "frontend/service.h"

namespace frontend {

CollectionView* Service::collection_argument(const Call& call, const std::string& path) {
  const Path parsed = parse_path(path);
  CollectionView* collection =
      std::holds_alternative<CollectionPath>(parsed) ? collection_at(parsed) : nullptr;
  if (!collection) call.error(dbus_error::kNoSuchObject, "The collection does not exist: " + path);
  return collection;
}

void Service::take_passwords(const Call& call, std::vector<BusSecret> secrets, Taken taken) {
  std::vector<wire::ReceivePassword> requests;
  for (BusSecret& secret : secrets) {
    const auto session = session_of(call, secret.session);
    if (!session) return;
    requests.push_back({client_of(call), *session, to_wire(std::move(secret))});
  }
  collect_passwords(call, std::move(requests), std::move(taken));
}

void Service::unlock_with(const Call& call, wire::CollectionId id, wire::PasswordId password) {
  change(call, wire::Unlock{id, {password}}, [call](ipc::Nothing) { call.reply(); });
}

void Service::create_with(const Call& call, const std::string& label, wire::PasswordId password) {
  change(call, wire::CreateCollection{{label}, password},
         [this, call](wire::CreateCollection::Reply made) {
           const CollectionView* collection = model_.find(made.collection);
           call.reply([&](Writer& writer) { writer.path(collection ? collection->path() : "/"); });
         });
}

void Service::change_with(const Call& call, wire::CollectionId id, wire::PasswordId before,
                          wire::PasswordId after) {
  change(call, wire::ChangePassword{id, {before}, after}, [call](ipc::Nothing) { call.reply(); });
}

void Service::change_with_prompt(Call call, const Path&) {
  const CollectionView* collection = collection_argument(call, call.arguments().path());
  if (!collection) return;
  if (const auto prompt = make_prompt(call, ChangeWork{collection->info.name.value}))
    call.reply([&](Writer& writer) { writer.path(*prompt); });
}

void Service::change_with_master_password(Call call, const Path&) {
  Reader arguments = call.arguments();
  const CollectionView* collection = collection_argument(call, arguments.path());
  if (!collection) return;
  std::vector<BusSecret> secrets{arguments.secret(), arguments.secret()};
  take_passwords(call, std::move(secrets), [this, call, id = collection->info.id](auto taken) {
    change_with(call, id, taken[0], taken[1]);
  });
}

void Service::unlock_with_master_password(Call call, const Path&) {
  Reader arguments = call.arguments();
  const CollectionView* collection = collection_argument(call, arguments.path());
  if (!collection) return;
  take_passwords(call, {arguments.secret()}, [this, call, id = collection->info.id](auto taken) {
    unlock_with(call, id, taken[0]);
  });
}

void Service::create_with_master_password(Call call, const Path&) {
  Reader arguments = call.arguments();
  std::string why;
  const auto label = read_collection_label(arguments, why);
  BusSecret master = arguments.secret();
  if (!label || !arguments.ok()) return call.invalid(why.empty() ? "malformed arguments" : why);
  take_passwords(call, {std::move(master)},
                 [this, call, label = *label](auto taken) { create_with(call, label, taken[0]); });
}

}  // namespace frontend
