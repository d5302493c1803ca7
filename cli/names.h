// The names of the Secret Service on the bus, for the files that call it.
#pragma once

#include "base/result.h"

namespace cli::names {

inline constexpr const char* kServicePath = "/org/freedesktop/secrets";
inline constexpr const char* kService = "org.freedesktop.Secret.Service";
inline constexpr const char* kCollection = "org.freedesktop.Secret.Collection";
inline constexpr const char* kItem = "org.freedesktop.Secret.Item";
inline constexpr const char* kInternal =
    "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
inline constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
inline constexpr const char* kCollectionLabel = "org.freedesktop.Secret.Collection.Label";
inline constexpr const char* kItemLabel = "org.freedesktop.Secret.Item.Label";
inline constexpr const char* kItemAttributes = "org.freedesktop.Secret.Item.Attributes";
inline constexpr const char* kNothing = "/";  // the path that stands for none

// For an answer that is not of the type that the specification gives it.
inline base::Failure<base::Error> unreadable() {
  return base::fail(base::Code::internal, "the service's answer makes no sense");
}

}  // namespace cli::names
