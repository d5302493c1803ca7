// D-Bus messages from the client's side: calls written, answers read.
#pragma once

#include <dbus/dbus.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace cli {

using Attributes = std::map<std::string, std::string>;

struct UnrefMessage {
  void operator()(DBusMessage* message) const { dbus_message_unref(message); }
};
using Message = std::unique_ptr<DBusMessage, UnrefMessage>;

// Reads values in order. What is not of the asked type reads as empty and clears ok(), for good.
class Reader {
 public:
  explicit Reader(const Message& message) { dbus_message_iter_init(message.get(), &at_); }

  int type() { return dbus_message_iter_get_arg_type(&at_); }  // DBUS_TYPE_INVALID at the end
  std::string text();                                          // s or o
  bool boolean();
  std::uint64_t number();            // t
  std::uint32_t small_number();      // u
  base::Bytes bytes();               // ay
  std::vector<std::string> texts();  // as or ao
  Attributes attributes();           // a{ss}
  // Reads one array, structure, dictionary entry or variant: `read` gets a reader of what is
  // inside.
  template <class F>
  void inside(F&& read) {
    if (!dbus_type_is_container(type())) return fail();
    Reader inner;
    dbus_message_iter_recurse(&at_, &inner.at_);
    read(inner);
    ok_ = ok_ && inner.ok_;
    next();
  }
  // Reads an array: `read` is called at each element.
  template <class F>
  void each(F&& read) {
    if (type() != DBUS_TYPE_ARRAY) return fail();
    inside([&](Reader& inner) {
      while (inner.ok_ && inner.type() != DBUS_TYPE_INVALID) read(inner);
    });
  }
  bool ok() const { return ok_; }

 private:
  Reader() = default;
  void next() { dbus_message_iter_next(&at_); }
  void fail() { ok_ = false; }
  template <class T>
  T fixed(int wanted);

  DBusMessageIter at_{};
  bool ok_ = true;
};

// Appends values. Texts must be valid UTF-8 and paths valid paths: libdbus aborts otherwise, so
// they are checked where they come in.
class Writer {
 public:
  explicit Writer(const Message& message) { dbus_message_iter_init_append(message.get(), &at_); }

  Writer& text(const std::string& value) { return basic(DBUS_TYPE_STRING, value); }
  Writer& path(const std::string& value) { return basic(DBUS_TYPE_OBJECT_PATH, value); }
  Writer& boolean(bool value);
  Writer& bytes(base::ByteView value);
  Writer& paths(const std::vector<std::string>& values);
  Writer& attributes(const Attributes& values);
  // Writes one container of the given type; `fill` gets a writer of its inside.
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
    return within(DBUS_TYPE_DICT_ENTRY, nullptr,
                  [&](Writer& pair) { pair.text(key).variant(signature, std::forward<F>(fill)); });
  }

 private:
  Writer() = default;
  Writer& basic(int type, const std::string& value);
  DBusMessageIter at_{};
};

}  // namespace cli
