#include "tests/bench/client.h"

#include <deque>

namespace bench {
namespace {

constexpr const char* kName = "org.freedesktop.secrets";
constexpr const char* kService = "org.freedesktop.Secret.Service";
constexpr const char* kServicePath = "/org/freedesktop/secrets";
constexpr int kTimeout = 120'000;      // ms
constexpr std::size_t kInFlight = 64;  // calls that are sent ahead of their answers

struct ReleasePending {
  void operator()(DBusPendingCall* call) const { dbus_pending_call_unref(call); }
};
using Pending = std::unique_ptr<DBusPendingCall, ReleasePending>;

Message call(const std::string& path, const char* interface, const char* method) {
  return Message(dbus_message_new_method_call(kName, path.c_str(), interface, method));
}

void append(DBusMessageIter& at, const std::string& value, int type = DBUS_TYPE_STRING) {
  const char* raw = value.c_str();
  dbus_message_iter_append_basic(&at, type, &raw);
}

void append_bytes(DBusMessageIter& at, const std::string& value) {
  DBusMessageIter array;
  const char* raw = value.data();
  dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "y", &array);
  dbus_message_iter_append_fixed_array(&array, DBUS_TYPE_BYTE, &raw,
                                       static_cast<int>(value.size()));
  dbus_message_iter_close_container(&at, &array);
}

using Attributes = std::map<std::string, std::string>;

void append(DBusMessageIter& at, const Attributes& attributes) {
  DBusMessageIter array, entry;
  dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{ss}", &array);
  for (const auto& [key, value] : attributes) {
    dbus_message_iter_open_container(&array, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
    append(entry, key);
    append(entry, value);
    dbus_message_iter_close_container(&array, &entry);
  }
  dbus_message_iter_close_container(&at, &array);
}

void append_properties(DBusMessageIter& at, const std::string& name) {
  DBusMessageIter array, entry, variant;
  dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &array);
  dbus_message_iter_open_container(&array, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
  append(entry, "org.freedesktop.Secret.Item.Label");
  dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "s", &variant);
  append(variant, "item " + name);
  dbus_message_iter_close_container(&entry, &variant);
  dbus_message_iter_close_container(&array, &entry);
  dbus_message_iter_open_container(&array, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
  append(entry, "org.freedesktop.Secret.Item.Attributes");
  dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "a{ss}", &variant);
  append(variant, attributes_of(name));
  dbus_message_iter_close_container(&entry, &variant);
  dbus_message_iter_close_container(&array, &entry);
  dbus_message_iter_close_container(&at, &array);
}

std::string text_at(DBusMessageIter& at) {
  const int type = dbus_message_iter_get_arg_type(&at);
  if (type != DBUS_TYPE_STRING && type != DBUS_TYPE_OBJECT_PATH) return {};
  const char* raw = nullptr;
  dbus_message_iter_get_basic(&at, &raw);
  return raw;
}

// The error in an answer, as an exception.
void check(DBusMessage* asked, DBusMessage* reply) {
  DBusError error = DBUS_ERROR_INIT;
  if (reply && !dbus_set_error_from_message(&error, reply)) return;
  const std::string why = reply ? error.message : "no answer";
  dbus_error_free(&error);
  throw Refused(std::string(dbus_message_get_member(asked)) + ": " + why);
}

}  // namespace

std::map<std::string, std::string> attributes_of(const std::string& name) {
  return {{"xdg:schema", "org.example.Bench"}, {"application", "bench"}, {"number", name}};
}

Client::Client(std::string collection) : collection_(std::move(collection)) {
  DBusError error = DBUS_ERROR_INIT;
  connection_ = dbus_bus_get_private(DBUS_BUS_SESSION, &error);
  if (!connection_) throw Refused(error.message);
  dbus_connection_set_exit_on_disconnect(connection_, FALSE);
  plain_ = open_session(Transfer::plain);
  encrypted_ = open_session(Transfer::encrypted);
}

Client::~Client() {
  dbus_connection_close(connection_);
  dbus_connection_unref(connection_);
}

Message Client::send(DBusMessage* asked) {
  DBusError error = DBUS_ERROR_INIT;
  Message reply(dbus_connection_send_with_reply_and_block(connection_, asked, kTimeout, &error));
  if (reply) return reply;
  const std::string why = error.message;
  dbus_error_free(&error);
  throw Refused(std::string(dbus_message_get_member(asked)) + ": " + why);
}

// As many at a time as kInFlight.
void Client::send_all(std::size_t count, const std::function<Message(std::size_t)>& next) {
  std::deque<std::pair<Message, Pending>> waiting;
  for (std::size_t i = 0; i < count || !waiting.empty();) {
    if (i < count && waiting.size() < kInFlight) {
      Message message = next(i++);
      DBusPendingCall* pending = nullptr;
      dbus_connection_send_with_reply(connection_, message.get(), &pending, kTimeout);
      if (!pending) throw Refused("the bus is gone");
      waiting.emplace_back(std::move(message), pending);
      continue;
    }
    dbus_pending_call_block(waiting.front().second.get());
    const Message reply(dbus_pending_call_steal_reply(waiting.front().second.get()));
    check(waiting.front().first.get(), reply.get());
    waiting.pop_front();
  }
}

void Client::ping() { send(call(kServicePath, "org.freedesktop.DBus.Peer", "Ping").get()); }

std::string Client::open_session(Transfer transfer) {
  const bool encrypted = transfer == Transfer::encrypted;
  const Message open = call(kServicePath, kService, "OpenSession");
  DBusMessageIter at, variant;
  dbus_message_iter_init_append(open.get(), &at);
  append(at, encrypted ? "dh-ietf1024-sha256-aes128-cbc-pkcs7" : "plain");
  dbus_message_iter_open_container(&at, DBUS_TYPE_VARIANT, encrypted ? "ay" : "s", &variant);
  if (encrypted)
    append_bytes(variant, std::string(128, '\5'));
  else
    append(variant, "");
  dbus_message_iter_close_container(&at, &variant);
  const Message reply = send(open.get());
  dbus_message_iter_init(reply.get(), &at);
  dbus_message_iter_next(&at);
  return text_at(at);
}

void Client::close_session(const std::string& path) {
  send(call(path, "org.freedesktop.Secret.Session", "Close").get());
}

namespace {

Message search_call(const Attributes& attributes) {
  Message search = call(kServicePath, kService, "SearchItems");
  DBusMessageIter at;
  dbus_message_iter_init_append(search.get(), &at);
  append(at, attributes);
  return search;
}

std::vector<std::string> first_paths(const Message& reply) {
  std::vector<std::string> paths;
  DBusMessageIter at, each;
  dbus_message_iter_init(reply.get(), &at);
  dbus_message_iter_recurse(&at, &each);
  for (; dbus_message_iter_get_arg_type(&each) == DBUS_TYPE_OBJECT_PATH;
       dbus_message_iter_next(&each))
    paths.push_back(text_at(each));
  return paths;
}

}  // namespace

std::vector<std::string> Client::search(const std::string& name) {
  return first_paths(send(search_call(attributes_of(name)).get()));
}

std::vector<std::string> Client::all_items() {
  return first_paths(send(search_call({{"application", "bench"}}).get()));
}

void Client::get_secret(const std::string& item, Transfer transfer) {
  const Message get = call(item, "org.freedesktop.Secret.Item", "GetSecret");
  DBusMessageIter at;
  dbus_message_iter_init_append(get.get(), &at);
  append(at, session(transfer), DBUS_TYPE_OBJECT_PATH);
  send(get.get());
}

void Client::get_secrets(const std::vector<std::string>& items, Transfer transfer) {
  const Message get = call(kServicePath, kService, "GetSecrets");
  DBusMessageIter at, paths;
  dbus_message_iter_init_append(get.get(), &at);
  dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "o", &paths);
  for (const std::string& item : items) append(paths, item, DBUS_TYPE_OBJECT_PATH);
  dbus_message_iter_close_container(&at, &paths);
  append(at, session(transfer), DBUS_TYPE_OBJECT_PATH);
  send(get.get());
}

void Client::get_all(const std::vector<std::string>& items) {
  send_all(items.size(), [&](std::size_t i) {
    Message get = call(items[i], "org.freedesktop.DBus.Properties", "GetAll");
    DBusMessageIter at;
    dbus_message_iter_init_append(get.get(), &at);
    append(at, "org.freedesktop.Secret.Item");
    return get;
  });
}

Message Client::create_call(const std::string& name, std::size_t size, bool replace) const {
  Message create = call(collection_, "org.freedesktop.Secret.Collection", "CreateItem");
  DBusMessageIter at, fields;
  dbus_message_iter_init_append(create.get(), &at);
  append_properties(at, name);
  dbus_message_iter_open_container(&at, DBUS_TYPE_STRUCT, nullptr, &fields);
  append(fields, plain_, DBUS_TYPE_OBJECT_PATH);
  append_bytes(fields, "");
  append_bytes(fields, std::string(size, 's'));
  append(fields, "text/plain");
  dbus_message_iter_close_container(&at, &fields);
  const dbus_bool_t raw = replace;
  dbus_message_iter_append_basic(&at, DBUS_TYPE_BOOLEAN, &raw);
  return create;
}

std::string Client::create(const std::string& name, std::size_t size, bool replace) {
  const Message reply = send(create_call(name, size, replace).get());
  DBusMessageIter at;
  dbus_message_iter_init(reply.get(), &at);
  return text_at(at);
}

void Client::remove(const std::string& item) {
  send(call(item, "org.freedesktop.Secret.Item", "Delete").get());
}

void Client::fill(std::size_t count) {
  send_all(count, [&](std::size_t i) { return create_call(std::to_string(i), 32, false); });
}

}  // namespace bench
