#include "broker/foreign_keyrings.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/log.h"
#include "base/result.h"

namespace broker {
namespace {

constexpr off_t kMaxSize = off_t{64} << 20;

std::string folder_of_keyrings() {
  const char* data = std::getenv("XDG_DATA_HOME");
  const char* home = std::getenv("HOME");
  if (data && data[0] == '/') return std::string(data) + "/keyrings";
  if (home && home[0] == '/') return std::string(home) + "/.local/share/keyrings";
  return {};
}

base::Failure<base::Error> refused(const char* why) { return base::fail(base::Code::denied, why); }

// Invalid when there is none.
base::Result<base::UniqueFd> open_keyring(const std::string& path) {
  base::UniqueFd file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file.valid() && (errno == ENOENT || errno == ENOTDIR)) return file;
  if (!file.valid() && errno == ELOOP) return refused("it is a symbolic link");
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) < 0)
    return base::system_failure(errno, "it cannot be opened");
  if (!S_ISREG(status.st_mode)) return refused("it is not a regular file");
  if (status.st_uid != ::geteuid()) return refused("it belongs to another user");
  if (status.st_size > kMaxSize) return refused("it is larger than 64 MiB");
  return file;
}

}  // namespace

std::vector<ForeignKeyring> find_foreign_keyrings() {
  std::vector<ForeignKeyring> found;
  const std::string folder = folder_of_keyrings();
  if (folder.empty()) return found;
  const auto take = [&](std::string path) {
    auto file = open_keyring(path);
    if (!file)
      base::log::warning("{} is not imported: {}", path, file.error().what);
    else if (file->valid())
      found.push_back({std::move(path), *std::move(file)});
  };
  const std::string old = folder + "/login.keyring", fresh = folder + "/v1/login.keyring";
  const bool moved =
      ::access((old + ".migrated").c_str(), F_OK) == 0 && ::access(fresh.c_str(), F_OK) == 0;
  if (!moved) take(old);
  take(fresh);
  return found;
}

}  // namespace broker
