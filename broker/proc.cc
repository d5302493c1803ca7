#include "broker/proc.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <climits>
#include <string_view>

#include "base/unique_fd.h"

namespace broker {
namespace {

constexpr std::size_t kMaxFile = 16 * 1024;  // bytes
constexpr std::string_view kDeleted = " (deleted)";

}  // namespace

std::string proc_file(std::uint32_t pid, const char* name) {
  const std::string path = fmt::format("/proc/{}/{}", pid, name);
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return {};
  std::string text(kMaxFile, '\0');
  const ssize_t got = ::read(file.get(), text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

std::string executable_of(std::uint32_t pid) {
  std::string path(PATH_MAX, '\0');
  const ssize_t size =
      ::readlink(fmt::format("/proc/{}/exe", pid).c_str(), path.data(), path.size());
  path.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return path;
}

}  // namespace broker
