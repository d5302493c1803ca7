#include "frontend/dbus_errors.h"

namespace frontend {

const char* name_of(base::Code code) {
  switch (code) {
    case base::Code::invalid:
      return dbus_error::kInvalidArgs;
    case base::Code::not_supported:
      return "org.freedesktop.DBus.Error.NotSupported";
    // What is gone between the look at its path and the request is told like a path that never was.
    case base::Code::no_such_collection:
    case base::Code::no_such_item:
      return dbus_error::kUnknownMethod;
    case base::Code::no_such_session:
      return dbus_error::kNoSession;
    case base::Code::locked:
      return "org.freedesktop.Secret.Error.IsLocked";
    case base::Code::wrong_password:
      return "org.gnome.keyring.Error.Denied";
    case base::Code::limits_exceeded:
    case base::Code::busy:
      return "org.freedesktop.DBus.Error.LimitsExceeded";
    case base::Code::already_exists:
      return dbus_error::kAlreadyExists;
    case base::Code::denied:
      return dbus_error::kAccessDenied;
    case base::Code::no_space:
      return "org.freedesktop.DBus.Error.DiskFull";
    case base::Code::io:
    case base::Code::conflict:
      return "org.freedesktop.DBus.Error.IOError";
    case base::Code::internal:
    case base::Code::damaged:
    case base::Code::too_new:
    case base::Code::unavailable:
      return "org.freedesktop.DBus.Error.Failed";
  }
  return "org.freedesktop.DBus.Error.Failed";
}

Message error_reply(const Message& call, const char* name, const std::string& text) {
  return Message(dbus_message_new_error(call.get(), name, text.c_str()));
}

}  // namespace frontend
