#include "cli/moving/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"

namespace cli {
namespace {

base::Failure<base::Error> exists(const std::string& path) {
  return base::fail(base::Code::already_exists,
                    fmt::format("{} is there already; --force replaces it", path));
}

base::Outcome fill(int fd, base::ByteView content, const std::string& path) {
  const auto failed = [&] {
    return base::system_failure(errno, fmt::format("{} cannot be written", path));
  };
  while (!content.empty()) {
    const ssize_t wrote = ::write(fd, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return failed();
    content = content.subspan(static_cast<std::size_t>(wrote));
  }
  return ::fsync(fd) < 0 ? base::Outcome(failed()) : base::Outcome(base::Ok{});
}

// File systems without RENAME_NOREPLACE have link(2), which replaces nothing either.
bool move_to_empty_place(const char* from, const char* to) {
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  return ::link(from, to) == 0 && ::unlink(from) == 0;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

base::Outcome check_absent(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return exists(path);
  return base::Ok{};
}

base::Outcome write_whole_file(const std::string& path, base::ByteView content, bool replace) {
  const auto failed = [&] {
    return base::system_failure(errno, fmt::format("{} cannot be written", path));
  };
  std::string beside = path + ".XXXXXX";
  const base::UniqueFd file(::mkostemp(beside.data(), O_CLOEXEC));  // with mode 0600
  if (!file.valid()) return failed();
  auto filled = fill(file.get(), content, path);
  if (filled) {
    const bool moved = replace ? ::rename(beside.c_str(), path.c_str()) == 0
                               : move_to_empty_place(beside.c_str(), path.c_str());
    if (!moved) filled = errno == EEXIST ? exists(path) : failed();
  }
  if (!filled) {
    ::unlink(beside.c_str());
    return filled;
  }
  const base::UniqueFd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid()) ::fsync(folder.get());  // the content is durable already, its name is soon
  return base::Ok{};
}

}  // namespace cli
