// The Secret Service on the bus. Each call becomes one request to the vault.
#pragma once

#include <deque>
#include <optional>

#include "frontend/bus.h"
#include "frontend/clients.h"
#include "frontend/methods.h"
#include "frontend/model.h"
#include "frontend/prompts.h"
#include "frontend/vault_link.h"

namespace frontend {

class Service {
 public:
  // What the broker says of a process: the program's name, or nothing.
  using Identify = std::function<void(std::uint32_t pid, std::function<void(std::string)>)>;

  // What is asked of the broker.
  struct Broker {
    Identify identify;
    PinentryPrompter::Start start_pinentry;
    // How the daemon stands: what coffer(1) shows.
    std::function<void(std::function<void(StringMap)>)> describe;
    std::function<void()> on_vault_lost;  // the vault's connection ended; attach() brings the next
    std::function<void(bool)> on_serving = [](bool) {};  // clients are served now, or no longer
  };
  Service(base::EventLoop& loop, Bus& bus, VaultLink& vault, std::string machine_id, Broker broker);

  // Serves clients from this connection to a vault on. Sessions of an earlier vault are over.
  void attach(base::UniqueFd vault);

  void on_call(Message message);
  void on_client_gone(const std::string& name);

  // What the portal shares with the Secret Service.
  VaultLink& vault() { return vault_; }
  Model& model() { return model_; }
  Prompts& prompts() { return prompts_; }
  // Calls back when `model` has everything that the vault has answered so far.
  void refresh(std::function<void()> then);
  // Takes over an item that the vault has made, and tells the clients.
  void add_item(wire::ItemId item);
  // Tells the clients that an item's attributes are others.
  void change_item(wire::ItemId item);

  // The methods; each table row in methods.cc names one. The arguments' signature was checked.
  // service.cc
  void introspect_object(Call call, const Path& path);
  void ping(Call call, const Path& path);
  void machine_id(Call call, const Path& path);
  // service_methods.cc
  void create_collection(Call call, const Path& path);
  void search_all(Call call, const Path& path);
  void unlock(Call call, const Path& path);
  void lock(Call call, const Path& path);
  void lock_service(Call call, const Path& path);
  void get_secrets(Call call, const Path& path);
  void read_alias(Call call, const Path& path);
  void describe(Call call, const Path& path);
  void set_alias(Call call, const Path& path);
  // master_password_methods.cc
  void change_with_prompt(Call call, const Path& path);
  void change_with_master_password(Call call, const Path& path);
  void unlock_with_master_password(Call call, const Path& path);
  void create_with_master_password(Call call, const Path& path);
  // descriptor_methods.cc
  void unlock_from_descriptor(Call call, const Path& path);
  void create_from_descriptor(Call call, const Path& path);
  void change_from_descriptors(Call call, const Path& path);
  // collection_methods.cc
  void delete_collection(Call call, const Path& path);
  void search_collection(Call call, const Path& path);
  void create_item(Call call, const Path& path);
  // item_methods.cc
  void delete_item(Call call, const Path& path);
  void get_secret(Call call, const Path& path);
  void set_secret(Call call, const Path& path);
  // session_methods.cc
  void open_session(Call call, const Path& path);
  void close_session(Call call, const Path& path);
  void prompt(Call call, const Path& path);
  void dismiss(Call call, const Path& path);
  // properties.cc
  void get_property(Call call, const Path& path);
  void set_property(Call call, const Path& path);
  void get_all_properties(Call call, const Path& path);

 private:
  using Names = std::vector<std::string>;

  // Sends the request; `done` gets the reply, a failure has been answered with its D-Bus error.
  template <ipc::Request M, class F>
  void ask(const Call& call, M request, F done) {
    vault_.call(std::move(request),
                [call, done = std::move(done)](base::Result<typename M::Reply> reply) {
                  if (reply)
                    done(*std::move(reply));
                  else
                    call.error(reply.error());
                });
  }

  // As ask(), and only when `model_` has what this request changed.
  template <ipc::Request M, class F>
  void change(const Call& call, M request, F done) {
    ask(call, std::move(request), [this, done = std::move(done)](typename M::Reply reply) {
      refresh([done, reply = std::move(reply)] { done(reply); });
    });
  }
  void await_change(std::uint64_t seen);
  void on_state(wire::AwaitChange::Reply state);
  void list_items(std::vector<wire::CollectionId> left, Model::Change change);
  void announce(const Model::Change& change);

  void tell_locks();
  void tell_slice();
  // Items that no frontend added: they are told of as if somebody had.
  void find_arrivals(wire::CollectionId id);
  void tell_arrivals();

  bool exists(const Path& path);
  CollectionView* collection_at(const Path& path);
  std::optional<wire::ItemId> item_at(const Path& path);
  std::string path_of(wire::ItemId item);
  Names paths_of(const std::vector<wire::ItemId>& items);
  // The vault's session behind a path, for this call's sender; answers NoSession otherwise.
  std::optional<wire::SessionId> session_of(const Call& call, const std::string& path);
  wire::ClientId client_of(const Call& call) {
    return clients_.id_of(std::string(call.message().sender()));
  }
  // A prompt object for the sender; nothing when the call was answered with an error instead.
  std::optional<std::string> make_prompt(const Call& call, Work work);
  // The collection that an argument names; answers NoSuchObject otherwise.
  CollectionView* collection_argument(const Call& call, const std::string& path);
  // Has the vault take passwords over, through the sender's session or from his descriptors, and
  // goes on with their numbers, in the same order.
  using Taken = std::function<void(std::vector<wire::PasswordId>)>;
  void take_passwords(const Call& call, std::vector<BusSecret> secrets, Taken taken);
  void read_passwords(const Call& call, std::vector<base::UniqueFd> descriptors, Taken taken);
  template <class M>
  void collect_passwords(const Call& call, std::vector<M> requests, Taken taken);
  // What is done with them.
  void unlock_with(const Call& call, wire::CollectionId id, wire::PasswordId password);
  void create_with(const Call& call, const std::string& label, wire::PasswordId password);
  void change_with(const Call& call, wire::CollectionId id, wire::PasswordId before,
                   wire::PasswordId after);

  template <class F>
  void emit(const std::string& path, const char* interface, const char* name, F&& fill);
  void emit_path(const std::string& path, const char* interface, const char* name,
                 const std::string& argument);
  template <class F>
  void emit_changed(const std::string& path, const char* interface, const std::string& property,
                    const char* signature, F&& fill);
  void emit_collections();
  void emit_items(const CollectionView& collection);
  void emit_item_changed(const CollectionView& collection, std::uint64_t number);
  // Both signals of a changed item.
  struct ItemChange {
    std::optional<std::string> label;
    std::optional<StringMap> attributes;
    std::uint64_t modified = 0;
  };
  void emit_item_change(wire::ItemId item, const ItemChange& change);

  void write_property(Writer& writer, const CollectionView& collection, std::string_view name);
  void set_item_property(const Call& call, wire::ItemId item, const std::string& name,
                         Reader& value);
  void edit_item(const Call& call, wire::EditItem edit);

  base::EventLoop& loop_;
  Bus& bus_;
  VaultLink& vault_;
  std::string machine_id_;
  Broker broker_;
  Model model_;
  Clients clients_;
  Prompts prompts_;
  // Whose items were not all told of a new lock state: collection -> the first such item.
  std::map<std::string, std::uint64_t> untold_locks_;
  bool telling_locks_ = false;             // a next slice is under way
  std::deque<wire::ItemId> untold_items_;  // that are there and that no client was told of
  bool telling_arrivals_ = false;          // likewise
};

// --- Conversions (values.cc)
// ----------------------------------------------------------------------

ipc::Attributes to_wire(const StringMap& attributes);
StringMap from_wire(const ipc::Attributes& attributes);
wire::Secret to_wire(BusSecret secret);

// What CreateItem and CreateCollection are given as properties.
struct ItemProperties {
  std::string label;
  StringMap attributes;
};
// Nothing, with the reason in `why`, when a key is unknown or its value of the wrong type.
std::optional<ItemProperties> read_item_properties(Reader& arguments, std::string& why);
std::optional<std::string> read_collection_label(Reader& arguments, std::string& why);

// --- Templates
// -------------------------------------------------------------------------------------

template <class M>
void Service::collect_passwords(const Call& call, std::vector<M> requests, Taken taken) {
  struct State {
    std::vector<std::optional<wire::PasswordId>> ids;
    std::size_t waiting;
    std::optional<base::Error> failure;
  };
  auto state = std::make_shared<State>(
      State{std::vector<std::optional<wire::PasswordId>>(requests.size()), requests.size(), {}});
  for (std::size_t i = 0; i < requests.size(); ++i)
    vault_.call(std::move(requests[i]), [this, call, state, taken, i](auto received) {
      if (received)
        state->ids[i] = received->id;
      else
        state->failure = received.error();
      if (--state->waiting > 0) return;
      std::vector<wire::PasswordId> ids;
      for (const auto& id : state->ids)
        if (id) ids.push_back(*id);
      if (!state->failure) return taken(std::move(ids));
      for (const wire::PasswordId id : ids) vault_.call(wire::DropPassword{id}, [](auto) {});
      call.error(*state->failure);
    });
}

template <class F>
void Service::emit(const std::string& path, const char* interface, const char* name, F&& fill) {
  Message signal = Message::signal(path, interface, name);
  Writer writer(signal);
  fill(writer);
  bus_.send(signal);
}

template <class F>
void Service::emit_changed(const std::string& path, const char* interface,
                           const std::string& property, const char* signature, F&& fill) {
  emit(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", [&](Writer& writer) {
    writer.text(interface);
    writer.within(DBUS_TYPE_ARRAY, "{sv}",
                  [&](Writer& changed) { changed.entry(property, signature, fill); });
    writer.texts({});
  });
}

}  // namespace frontend
