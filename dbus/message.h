// D-Bus messages: owned, read and written, by the service and by its clients. What comes from the
// bus is checked as it is read.
#pragma once

#include <dbus/dbus.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/unique_fd.h"

namespace dbus {

class Message {
 public:
  Message() = default;
  explicit Message(DBusMessage* owned) : message_(owned) {}  // takes the reference

  static Message reply_to(const Message& call) {
    return Message(dbus_message_new_method_return(call.get()));
  }
  static Message signal(const std::string& path, const char* interface, const char* name) {
    return Message(dbus_message_new_signal(path.c_str(), interface, name));
  }
  static Message call(const std::string& destination, const char* path, const char* interface,
                      const char* method) {
    return Message(dbus_message_new_method_call(destination.c_str(), path, interface, method));
  }
  static Message share(DBusMessage* borrowed) { return Message(dbus_message_ref(borrowed)); }

  DBusMessage* get() const { return message_.get(); }
  explicit operator bool() const { return message_ != nullptr; }

  std::string_view sender() const { return text(dbus_message_get_sender(get())); }
  std::string_view path() const { return text(dbus_message_get_path(get())); }
  std::string_view interface() const { return text(dbus_message_get_interface(get())); }
  std::string_view member() const { return text(dbus_message_get_member(get())); }
  std::string_view signature() const { return text(dbus_message_get_signature(get())); }

 private:
  struct Unref {
    void operator()(DBusMessage* message) const { dbus_message_unref(message); }
  };
  static std::string_view text(const char* raw) { return raw ? raw : std::string_view{}; }
  std::unique_ptr<DBusMessage, Unref> message_;
};

// A secret as it crosses the bus: (oayays).
struct BusSecret {
  std::string session;
  base::Bytes parameters;
  base::Bytes value;
  std::string content_type;
};

using StringMap = std::map<std::string, std::string>;

// Reads a message's arguments in order. The first that is not of the asked type makes every later
// read fail too; ok() says so at the end. All values are copied out, bounded by the bus's own limit
// on a message's size.
class Reader {
 public:
  explicit Reader(const Message& message) { more_ = dbus_message_iter_init(message.get(), &at_); }

  std::string text() { return basic_text(DBUS_TYPE_STRING); }
  std::string path() { return basic_text(DBUS_TYPE_OBJECT_PATH); }
  bool boolean();
  std::uint64_t number();
  std::uint32_t number32();
  std::vector<std::string> paths() { return strings(DBUS_TYPE_OBJECT_PATH); }
  std::vector<std::string> texts() { return strings(DBUS_TYPE_STRING); }
  StringMap string_map();
  BusSecret secret();
  base::Bytes byte_array();
  // A descriptor of our own; empty when there is none.
  base::UniqueFd descriptor();
  // Enters the variant; the value is read with the same reader by `read`, which gets its signature.
  template <class F>
  void variant(F&& read) {
    if (!expect(DBUS_TYPE_VARIANT)) return;
    Reader inner(at_, Recurse{});
    const std::unique_ptr<char, void (*)(void*)> signature(
        dbus_message_iter_get_signature(&inner.at_), dbus_free);
    read(inner, std::string_view(signature ? signature.get() : ""));
    ok_ = ok_ && inner.ok_;
    next();
  }
  // For each entry of an a{sv}: `read` gets the key and, as with variant(), the value.
  template <class F>
  void vardict(F&& read) {
    if (!expect(DBUS_TYPE_ARRAY)) return;
    for (Reader entries(at_, Recurse{}); entries.ok_ && entries.type() != DBUS_TYPE_INVALID;
         entries.next()) {
      if (!entries.expect(DBUS_TYPE_DICT_ENTRY)) return void(ok_ = false);
      Reader entry(entries.at_, Recurse{});
      const std::string key = entry.text();
      entry.variant(
          [&](Reader& value, std::string_view signature) { read(key, value, signature); });
      ok_ = ok_ && entry.ok_;
    }
    next();
  }
  bool ok() const { return ok_; }

 private:
  struct Recurse {};
  Reader(DBusMessageIter& outer, Recurse) {
    dbus_message_iter_recurse(&outer, &at_);
    more_ = true;
  }
  int type() { return more_ ? dbus_message_iter_get_arg_type(&at_) : DBUS_TYPE_INVALID; }
  bool expect(int type);
  void next() { more_ = dbus_message_iter_next(&at_); }
  std::string basic_text(int type);
  std::vector<std::string> strings(int type);
  template <class T>
  T fixed(int type);

  DBusMessageIter at_{};
  bool more_ = false;
  bool ok_ = true;
};

// Appends arguments to a message. Strings must be valid UTF-8 without NUL, as everything is that
// came from a Reader or from the vault.
class Writer {
 public:
  explicit Writer(Message& message) { dbus_message_iter_init_append(message.get(), &at_); }

  Writer& text(const std::string& value) { return basic(DBUS_TYPE_STRING, value); }
  Writer& path(const std::string& value) { return basic(DBUS_TYPE_OBJECT_PATH, value); }
  Writer& boolean(bool value);
  Writer& number(std::uint64_t value);
  Writer& number32(std::uint32_t value);
  Writer& integer(std::int32_t value);
  Writer& paths(const std::vector<std::string>& values);
  Writer& string_map(const StringMap& values);
  Writer& texts(const std::vector<std::string>& values);
  Writer& byte_array(base::ByteView bytes);
  Writer& descriptor(int fd);  // a duplicate travels; the caller keeps this one
  Writer& secret(const std::string& session, base::ByteView parameters, base::ByteView value,
                 const std::string& content_type);
  // A container of the given type, filled by `fill`.
  template <class F>
  Writer& within(int type, const char* signature, F&& fill) {
    Writer inner;
    dbus_message_iter_open_container(&at_, type, signature, &inner.at_);
    fill(inner);
    dbus_message_iter_close_container(&at_, &inner.at_);
    return *this;
  }
  template <class F>
  Writer& variant(const char* signature, F&& fill) {
    return within(DBUS_TYPE_VARIANT, signature, std::forward<F>(fill));
  }
  // One entry of an a{sv}.
  template <class F>
  Writer& entry(const std::string& key, const char* signature, F&& fill) {
    return within(DBUS_TYPE_DICT_ENTRY, nullptr, [&](Writer& entry) {
      entry.text(key).variant(signature, std::forward<F>(fill));
    });
  }

 private:
  Writer() = default;
  Writer& basic(int type, const std::string& value);
  DBusMessageIter at_{};
};

}  // namespace dbus
