// The load generator: times single operations of whichever Secret Service owns the name on the bus.
//
//   coffer-bench COLLECTION-PATH ITEMS
//
// Fills the collection with ITEMS items and says "ready". For each number that it then reads from
// standard input, it times every operation that many times, interleaved, and says "ready" again: so
// several of these can take turns, and all see the same machine. At the end of the input it prints
// "OPERATION p50 p95" lines, in microseconds.
#include <dbus/dbus.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr const char* kName = "org.freedesktop.secrets";
constexpr const char* kService = "org.freedesktop.Secret.Service";
constexpr const char* kServicePath = "/org/freedesktop/secrets";
constexpr int kTimeout = 120'000;  // ms

struct Unref {
  void operator()(DBusMessage* message) const { dbus_message_unref(message); }
};
using Message = std::unique_ptr<DBusMessage, Unref>;

[[noreturn]] void fail(const std::string& what) {
  fmt::print(stderr, "coffer-bench: {}\n", what);
  std::exit(1);
}

// A call under construction; append arguments through `at`.
struct Call {
  Call(const std::string& path, const char* interface, const char* method)
      : message(dbus_message_new_method_call(kName, path.c_str(), interface, method)) {
    dbus_message_iter_init_append(message.get(), &at);
  }
  void text(const std::string& value, int type = DBUS_TYPE_STRING) {
    const char* raw = value.c_str();
    dbus_message_iter_append_basic(&at, type, &raw);
  }
  Message message;
  DBusMessageIter at{};
};

void append_text(DBusMessageIter& at, const std::string& value, int type = DBUS_TYPE_STRING) {
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

void append_attributes(DBusMessageIter& at, const Attributes& attributes) {
  DBusMessageIter array, entry;
  dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{ss}", &array);
  for (const auto& [key, value] : attributes) {
    dbus_message_iter_open_container(&array, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
    append_text(entry, key);
    append_text(entry, value);
    dbus_message_iter_close_container(&array, &entry);
  }
  dbus_message_iter_close_container(&at, &array);
}

// The attributes of item `number`: two that all items share, and one of its own.
Attributes attributes_of(std::size_t number) {
  return {{"xdg:schema", "org.example.Bench"},
          {"application", "bench"},
          {"number", std::to_string(number)}};
}

class Client {
 public:
  explicit Client(std::string collection) : collection_(std::move(collection)) {
    DBusError error = DBUS_ERROR_INIT;
    connection_ = dbus_bus_get(DBUS_BUS_SESSION, &error);
    if (!connection_) fail(error.message);
    session_ = open_session(false);
  }

  Message send(Call& call) {
    DBusError error = DBUS_ERROR_INIT;
    Message reply(dbus_connection_send_with_reply_and_block(connection_, call.message.get(),
                                                            kTimeout, &error));
    if (!reply)
      fail(fmt::format("{}: {}", dbus_message_get_member(call.message.get()), error.message));
    return reply;
  }
  void ping() {
    Call call(kServicePath, "org.freedesktop.DBus.Peer", "Ping");
    send(call);
  }
  std::string open_session(bool encrypted) {
    Call call(kServicePath, kService, "OpenSession");
    call.text(encrypted ? "dh-ietf1024-sha256-aes128-cbc-pkcs7" : "plain");
    DBusMessageIter variant;
    dbus_message_iter_open_container(&call.at, DBUS_TYPE_VARIANT, encrypted ? "ay" : "s", &variant);
    if (encrypted)
      append_bytes(variant, std::string(128, '\5'));
    else
      append_text(variant, "");
    dbus_message_iter_close_container(&call.at, &variant);
    const Message reply = send(call);
    DBusMessageIter at;
    dbus_message_iter_init(reply.get(), &at);
    dbus_message_iter_next(&at);
    return text_at(at);
  }
  void close_session(const std::string& path) {
    Call call(path, "org.freedesktop.Secret.Session", "Close");
    send(call);
  }
  void search(std::size_t number) {
    Call call(kServicePath, kService, "SearchItems");
    append_attributes(call.at, attributes_of(number));
    send(call);
  }
  void get_secret(const std::string& item) {
    Call call(item, "org.freedesktop.Secret.Item", "GetSecret");
    call.text(session_, DBUS_TYPE_OBJECT_PATH);
    send(call);
  }
  std::string create(std::size_t number, bool replace) {
    Call call(collection_, "org.freedesktop.Secret.Collection", "CreateItem");
    append_properties(call.at, number);
    append_secret(call.at);
    const dbus_bool_t raw = replace;
    dbus_message_iter_append_basic(&call.at, DBUS_TYPE_BOOLEAN, &raw);
    const Message reply = send(call);
    DBusMessageIter at;
    dbus_message_iter_init(reply.get(), &at);
    return text_at(at);
  }
  void remove(const std::string& item) {
    Call call(item, "org.freedesktop.Secret.Item", "Delete");
    send(call);
  }

 private:
  static std::string text_at(DBusMessageIter& at) {
    const char* raw = nullptr;
    dbus_message_iter_get_basic(&at, &raw);
    return raw;
  }
  static void append_properties(DBusMessageIter& at, std::size_t number) {
    DBusMessageIter array, entry, variant;
    dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &array);
    dbus_message_iter_open_container(&array, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
    append_text(entry, "org.freedesktop.Secret.Item.Label");
    dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "s", &variant);
    append_text(variant, fmt::format("item {}", number));
    dbus_message_iter_close_container(&entry, &variant);
    dbus_message_iter_close_container(&array, &entry);
    dbus_message_iter_open_container(&array, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
    append_text(entry, "org.freedesktop.Secret.Item.Attributes");
    dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "a{ss}", &variant);
    append_attributes(variant, attributes_of(number));
    dbus_message_iter_close_container(&entry, &variant);
    dbus_message_iter_close_container(&array, &entry);
    dbus_message_iter_close_container(&at, &array);
  }
  void append_secret(DBusMessageIter& at) const {
    DBusMessageIter fields;
    dbus_message_iter_open_container(&at, DBUS_TYPE_STRUCT, nullptr, &fields);
    append_text(fields, session_, DBUS_TYPE_OBJECT_PATH);
    append_bytes(fields, "");
    append_bytes(fields, std::string(32, 's'));
    append_text(fields, "text/plain");
    dbus_message_iter_close_container(&at, &fields);
  }

  DBusConnection* connection_ = nullptr;
  std::string collection_;
  std::string session_;
};

double microseconds(const std::function<void()>& act) {
  const auto begin = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
      .count();
}

using Times = std::map<std::string, std::vector<double>>;

// Times every operation once, on the item that `round` picks.
void time_each(Client& client, const std::vector<std::string>& paths, std::size_t round,
               Times& times) {
  const std::size_t pick = round * 7919 % paths.size();
  std::string created, session;
  times["Ping"].push_back(microseconds([&] { client.ping(); }));
  times["OpenSession-plain"].push_back(microseconds([&] { session = client.open_session(false); }));
  client.close_session(session);
  times["OpenSession-dh"].push_back(microseconds([&] { session = client.open_session(true); }));
  client.close_session(session);
  times["SearchItems"].push_back(microseconds([&] { client.search(pick); }));
  times["GetSecret"].push_back(microseconds([&] { client.get_secret(paths[pick]); }));
  times["CreateItem"].push_back(
      microseconds([&] { created = client.create(1'000'000 + round, false); }));
  client.remove(created);
  times["Replace"].push_back(microseconds([&] { client.create(pick, true); }));
}

void say_ready() {
  fmt::print("ready\n");
  std::fflush(stdout);
}

void report(const std::string& name, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  fmt::print("{} {:.1f} {:.1f}\n", name, times[times.size() / 2], times[times.size() * 95 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) fail("usage: coffer-bench COLLECTION-PATH ITEMS");
  const auto items = static_cast<std::size_t>(std::strtoul(argv[2], nullptr, 10));
  if (items == 0) fail("ITEMS must be a number above 0");
  Client client(argv[1]);
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < items; ++i) paths.push_back(client.create(i, true));

  Times times;
  std::size_t round = 0;
  say_ready();
  for (std::size_t wanted = 0; std::cin >> wanted; say_ready())
    for (const std::size_t end = round + wanted; round < end; ++round)
      time_each(client, paths, round, times);
  for (auto& [name, values] : times) report(name, std::move(values));
  return 0;
}
