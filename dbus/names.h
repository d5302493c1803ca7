// The names of the Secret Service on the bus.
#pragma once

namespace dbus::names {

inline constexpr const char* kBusName = "org.freedesktop.secrets";
inline constexpr const char* kServicePath = "/org/freedesktop/secrets";

inline constexpr const char* kService = "org.freedesktop.Secret.Service";
inline constexpr const char* kCollection = "org.freedesktop.Secret.Collection";
inline constexpr const char* kItem = "org.freedesktop.Secret.Item";
inline constexpr const char* kSession = "org.freedesktop.Secret.Session";
inline constexpr const char* kPrompt = "org.freedesktop.Secret.Prompt";
inline constexpr const char* kInternal =
    "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
inline constexpr const char* kStatus = "org.coffer.Status1";        // Coffer's own
inline constexpr const char* kPasswords = "org.coffer.Passwords1";  // the same
inline constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
inline constexpr const char* kIntrospectable = "org.freedesktop.DBus.Introspectable";
inline constexpr const char* kPeer = "org.freedesktop.DBus.Peer";

inline constexpr const char* kCollectionLabel = "org.freedesktop.Secret.Collection.Label";
inline constexpr const char* kItemLabel = "org.freedesktop.Secret.Item.Label";
inline constexpr const char* kItemAttributes = "org.freedesktop.Secret.Item.Attributes";

inline constexpr const char* kNoObject = "/";  // the path that stands for none

}  // namespace dbus::names
