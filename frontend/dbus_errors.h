// Our failures as D-Bus errors.
#pragma once

#include "base/error.h"
#include "frontend/message.h"

namespace frontend {

// Errors that have no base::Code of their own.
namespace dbus_error {
inline constexpr const char* kInvalidArgs = "org.freedesktop.DBus.Error.InvalidArgs";
inline constexpr const char* kUnknownMethod = "org.freedesktop.DBus.Error.UnknownMethod";
inline constexpr const char* kAccessDenied = "org.freedesktop.DBus.Error.AccessDenied";
inline constexpr const char* kUnknownProperty = "org.freedesktop.DBus.Error.UnknownProperty";
inline constexpr const char* kPropertyReadOnly = "org.freedesktop.DBus.Error.PropertyReadOnly";
inline constexpr const char* kAlreadyExists = "org.freedesktop.Secret.Error.AlreadyExists";
inline constexpr const char* kNoSuchObject = "org.freedesktop.Secret.Error.NoSuchObject";
inline constexpr const char* kNoSession = "org.freedesktop.Secret.Error.NoSession";
}  // namespace dbus_error

// The error's name on the bus (Secret Service specification, "Errors"; the standard names
// otherwise).
const char* name_of(base::Code code);

Message error_reply(const Message& call, const char* name, const std::string& text);

}  // namespace frontend
