#include "frontend/portal_names.h"

#include <algorithm>

namespace frontend::portal_names {
namespace {

constexpr std::string_view kRequests = "/org/freedesktop/portal/desktop/request/";
constexpr std::string_view kHost = "host:";
constexpr std::size_t kLongest = 255;  // bytes, as of every name on the bus

}  // namespace

std::string requester_of(std::string_view handle) {
  if (!handle.starts_with(kRequests)) return {};
  handle.remove_prefix(kRequests.size());
  const std::size_t end = handle.find('/');
  if (end == handle.npos || end == 0) return {};
  std::string name = ":" + std::string(handle.substr(0, end));
  std::replace(name.begin(), name.end(), '_', '.');
  const bool fine = std::all_of(name.begin() + 1, name.end(),
                                [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return fine ? name : std::string();
}

std::string host_id(std::string_view program) { return std::string(kHost) + std::string(program); }

bool is_application_id(std::string_view id) {
  return !id.empty() && id.size() <= kLongest && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace frontend::portal_names
