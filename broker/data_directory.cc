#include "broker/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "base/log.h"
#include "broker/durable.h"

namespace broker {
namespace {

base::Outcome make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    const bool made = ::mkdir(part.c_str(), 0700) == 0;
    if (!made && errno != EEXIST && errno != EROFS)
      return base::system_failure(errno, fmt::format("cannot create the directory {}", part));
    if (made)
      if (auto synced = sync_path(part + "/.."); !synced) return synced;
    if (slash == std::string::npos) return base::Ok{};
  }
}

// Who holds the lock, as far as its file says.
int holder_of(int lock) {
  char text[16];
  const ssize_t got = ::pread(lock, text, sizeof text, 0);
  int pid = 0;
  if (got > 0) std::from_chars(text, text + got, pid);
  return pid;
}

}  // namespace

base::Result<std::string> DataDirectory::path_of(const std::optional<std::string>& given) {
  std::error_code error;
  if (given) {
    std::string path = std::filesystem::absolute(*given, error).lexically_normal();
    if (error) return base::system_failure(error.value(), fmt::format("cannot find {}", *given));
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
  }
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data && data[0] == '/') return std::string(data) + "/coffer";
  const char* home = std::getenv("HOME");
  if (home && home[0] == '/') return std::string(home) + "/.local/share/coffer";
  return base::fail(base::Code::invalid,
                    "neither XDG_DATA_HOME nor HOME is set: say where with --data-dir");
}

base::Result<DataDirectory> DataDirectory::open(const std::optional<std::string>& given) {
  auto path = path_of(given);
  if (!path) return base::fail(path.error());
  if (auto made = make_directories(*path); !made) return base::fail(made.error());
  base::UniqueFd fd(::open(path->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid())
    return base::system_failure(errno, fmt::format("cannot open the data directory {}", *path));
  DataDirectory directory(*std::move(path), std::move(fd));
  if (auto made = directory.make_private(); !made) return base::fail(made.error());
  const bool made = ::mkdirat(directory.directory_.get(), "collections", 0700) == 0;
  if ((!made && errno != EEXIST) || (made && ::fsync(directory.directory_.get()) < 0))
    return base::system_failure(errno, fmt::format("cannot create {}", directory.collections()));
  return directory;
}

base::Outcome DataDirectory::make_private() const {
  struct stat status {};
  if (::fstat(directory_.get(), &status) < 0)
    return base::system_failure(errno, fmt::format("cannot look at {}", path_));
  if (status.st_uid != ::geteuid())
    return base::fail(base::Code::denied,
                      fmt::format("the data directory {} belongs to user {}, not to user {}", path_,
                                  status.st_uid, ::geteuid()));
  if ((status.st_mode & 077) == 0) return base::Ok{};
  if (!may_be_ours())
    return base::fail(base::Code::denied,
                      fmt::format("{} is open to other users and holds other things than Coffer's "
                                  "data: choose a directory of its own with --data-dir",
                                  path_));
  if (::fchmod(directory_.get(), 0700) < 0)
    return base::system_failure(errno, fmt::format("cannot make {} private", path_));
  base::log::notice("{} was open to other users; it is private now (mode 0700)", path_);
  return base::Ok{};
}

bool DataDirectory::may_be_ours() const {
  if (::faccessat(directory_.get(), "collections", F_OK, AT_SYMLINK_NOFOLLOW) == 0) return true;
  std::error_code error;
  return std::filesystem::is_empty(path_, error) && !error;
}

base::Outcome DataDirectory::lock() {
  if (lock_.valid()) return base::Ok{};
  base::UniqueFd lock(
      ::openat(directory_.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.valid()) return base::system_failure(errno, fmt::format("cannot open {}/lock", path_));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno != EWOULDBLOCK)
      return base::system_failure(errno, fmt::format("cannot lock {}/lock", path_));
    return base::fail(base::Code::busy, fmt::format("another cofferd (pid {}) already uses {}",
                                                    holder_of(lock.get()), path_));
  }
  // Only information for people: the lock is what counts, so a full disk does not matter here.
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock.get(), 0) < 0 || ::pwrite(lock.get(), pid.data(), pid.size(), 0) < 0)
    base::log::warning("cannot write the process id to {}/lock", path_);
  lock_ = std::move(lock);
  return base::Ok{};
}

base::Result<base::UniqueFd> DataDirectory::open_locator_key() const {
  base::UniqueFd key(
      ::openat(directory_.get(), "locator.key", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat status {};
  if (!key.valid() || ::fstat(key.get(), &status) < 0)
    return base::system_failure(errno, fmt::format("cannot open {}/locator.key", path_));
  if (!S_ISREG(status.st_mode))
    return base::fail(base::Code::damaged,
                      fmt::format("{}/locator.key is not a regular file", path_));
  // The vault makes the contents durable; the name is ours to make so.
  if (::fsync(directory_.get()) < 0)
    return base::system_failure(errno, fmt::format("cannot store {}/locator.key", path_));
  return key;
}

}  // namespace broker
