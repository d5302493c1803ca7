#include "cli/moving/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "cli/random.h"

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

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash + 1);
}

std::string name_beside(const std::string& path) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  std::string name = path + ".";
  for (int i = 0; i < 12; ++i) name += letters[random_below(letters.size())];
  return name;
}

// A file with mode 0600 that is not at its place yet.
struct Draft {
  base::UniqueFd file;
  std::string name;  // empty: it has none, and is gone when this program is
};

Draft open_draft(const std::string& path) {
  constexpr mode_t kForOwner = 0600;
  Draft draft{
      base::UniqueFd(::open(folder_of(path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kForOwner)),
      ""};
  if (draft.file.valid()) return draft;
  // Not every file system has files without a name.
  draft.name = name_beside(path);
  draft.file = base::UniqueFd(
      ::open(draft.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kForOwner));
  return draft;
}

bool give_name(Draft& draft, const std::string& name) {
  const std::string now =
      draft.name.empty() ? fmt::format("/proc/self/fd/{}", draft.file.get()) : draft.name;
  return ::linkat(AT_FDCWD, now.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

// link(2) replaces nothing, and rename(2) replaces at once.
bool move_to(const std::string& path, Draft& draft, bool replace) {
  if (!replace) return give_name(draft, path);
  if (draft.name.empty()) {
    const std::string beside = name_beside(path);
    if (!give_name(draft, beside)) return false;
    draft.name = beside;
  }
  return ::rename(draft.name.c_str(), path.c_str()) == 0;
}

}  // namespace

base::Result<base::UniqueFd> open_file(const std::string& path) {
  base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return base::system_failure(errno, fmt::format("{} cannot be read", path));
  struct stat status {};
  ::fstat(file.get(), &status);
  if (!S_ISREG(status.st_mode))
    return base::fail(base::Code::invalid, fmt::format("{} is no file: name one", path));
  return file;
}

base::Outcome check_absent(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return exists(path);
  return base::Ok{};
}

base::Outcome write_whole_file(const std::string& path, base::ByteView content, bool replace) {
  const auto failed = [&] {
    return base::system_failure(errno, fmt::format("{} cannot be written", path));
  };
  Draft draft = open_draft(path);
  if (!draft.file.valid()) return failed();
  auto written = fill(draft.file.get(), content, path);
  if (written && !move_to(path, draft, replace))
    written = errno == EEXIST ? exists(path) : failed();
  if (!draft.name.empty()) ::unlink(draft.name.c_str());
  if (!written) return written;
  const base::UniqueFd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid()) ::fsync(folder.get());  // the content is durable already, its name is soon
  return base::Ok{};
}

}  // namespace cli
