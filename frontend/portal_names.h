// What the portal's objects and callers are called.
#pragma once

#include <string>
#include <string_view>

namespace frontend::portal_names {

inline constexpr const char* kBusName = "org.freedesktop.impl.portal.desktop.coffer";
inline constexpr const char* kPortal = "org.freedesktop.portal.Desktop";  // who may call
inline constexpr const char* kPath = "/org/freedesktop/portal/desktop";
inline constexpr const char* kSecret = "org.freedesktop.impl.portal.Secret";
inline constexpr const char* kRequest = "org.freedesktop.impl.portal.Request";
inline constexpr std::uint32_t kVersion = 1;

// The unique name of the application behind a request's path, .../request/SENDER/TOKEN, where
// SENDER is the name without its colon and with "_" for "."; empty when it is no such path.
std::string requester_of(std::string_view handle);

// Under which id a program outside of a sandbox has its secret. No application has such an id.
std::string host_id(std::string_view program);
// Whether an id that the portal names can be one.
bool is_application_id(std::string_view id);

}  // namespace frontend::portal_names
