#include "broker/copy_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/bytes.h"
#include "base/unique_fd.h"

namespace broker {
namespace {

base::Outcome write_all(int fd, base::ByteView data) {
  while (!data.empty()) {
    const ssize_t done = ::write(fd, data.data(), data.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return base::system_failure(errno, "cannot copy");
    data = data.subspan(static_cast<std::size_t>(done));
  }
  return base::Ok{};
}

base::Outcome copy_all(int from, int to) {
  base::Bytes buffer(256 * 1024);
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::system_failure(errno, "cannot copy");
    if (got == 0) break;
    const auto part = base::ByteView(buffer).first(static_cast<std::size_t>(got));
    if (auto done = write_all(to, part); !done) return done;
  }
  return ::fsync(to) < 0 ? base::system_failure(errno, "cannot copy") : base::Outcome(base::Ok{});
}

// Code::no_such_item when there is nothing to copy.
base::Outcome copy_file(const std::string& from, const std::string& to) {
  const base::UniqueFd in(
      ::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!in.valid() && errno == ENOENT) return base::fail(base::Code::no_such_item, from);
  if (!in.valid()) return base::system_failure(errno, fmt::format("cannot open {}", from));
  struct stat status {};
  if (::fstat(in.get(), &status) < 0 || !S_ISREG(status.st_mode))
    return base::fail(base::Code::damaged, fmt::format("{} is no regular file", from));
  const base::UniqueFd out(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!out.valid() && errno == EEXIST) return base::fail(base::Code::already_exists, to);
  if (!out.valid()) return base::system_failure(errno, fmt::format("cannot create {}", to));
  auto copied = copy_all(in.get(), out.get());
  if (copied) return copied;
  ::unlink(to.c_str());
  return base::fail(copied.error().code, fmt::format("{}: {}", from, copied.error().what));
}

}  // namespace

base::Outcome copy_database(const std::string& from, const std::string& to) {
  auto copied = copy_file(from, to);
  if (!copied) return copied;
  auto log = copy_file(from + "-wal", to + "-wal");
  if (log || log.error().code == base::Code::no_such_item) return base::Ok{};
  ::unlink(to.c_str());
  return log;
}

}  // namespace broker
