#include "seccomp/landlock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"

namespace sandbox {
namespace {

constexpr std::uint64_t bits(unsigned first, unsigned last) {
  return ((std::uint64_t{2} << last) - 1) & ~((std::uint64_t{1} << first) - 1);
}

// The rights by the version that brought them.
constexpr std::uint64_t kFiles1 = bits(0, 12), kRefer2 = bits(13, 13), kTruncate3 = bits(14, 14),
                        kDeviceControl5 = bits(15, 15);
constexpr std::uint64_t kTcp4 = bits(0, 1);
constexpr std::uint64_t kAbstractSockets6 = 1, kSignals6 = 2;

constexpr std::uint64_t kExecute = bits(0, 0), kWriteFile = bits(1, 1), kReadFile = bits(2, 2),
                        kReadDirectory = bits(3, 3), kRemove = bits(4, 5),
                        kMakeDirectory = bits(7, 7), kMakeRegular = bits(8, 8);
// The only rights that a rule for something other than a directory may name.
constexpr std::uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate3 | kDeviceControl5;

std::uint64_t rights(Access access) {
  constexpr std::uint64_t read = kReadFile | kReadDirectory;
  switch (access) {
    case Access::read:
      return read;
    case Access::write:
      return read | kWriteFile | kRemove | kMakeDirectory | kMakeRegular | kRefer2 | kTruncate3;
    case Access::execute:
      return read | kExecute;
  }
  return 0;
}

struct RulesetAttributes {
  std::uint64_t files;
  std::uint64_t tcp;     // since 4
  std::uint64_t scoped;  // since 6
};

RulesetAttributes handled(std::uint32_t version, bool foreign_sockets) {
  RulesetAttributes all{kFiles1, 0, 0};
  if (version >= 2) all.files |= kRefer2;
  if (version >= 3) all.files |= kTruncate3;
  if (version >= 4) all.tcp = kTcp4;
  if (version >= 5) all.files |= kDeviceControl5;
  if (version >= 6) all.scoped = kSignals6 | (foreign_sockets ? 0 : kAbstractSockets6);
  return all;
}

std::size_t size_of_attributes(std::uint32_t version) {
  return (version >= 6 ? 3 : version >= 4 ? 2 : 1) * sizeof(std::uint64_t);
}

base::Outcome add_path(int ruleset, std::uint64_t handled, const char* path, Access access) {
  const base::UniqueFd at(::open(path, O_PATH | O_CLOEXEC));
  if (!at.valid()) return base::Ok{};  // what is not there cannot be reached either
  struct stat status {};
  ::fstat(at.get(), &status);
  std::uint64_t allowed = rights(access) & handled;
  if (!S_ISDIR(status.st_mode)) allowed &= kOfFiles;
  struct [[gnu::packed]] {
    std::uint64_t allowed;
    std::int32_t parent;
  } const rule{allowed, at.get()};
  constexpr int kPathBeneath = 1;
  if (::syscall(SYS_landlock_add_rule, ruleset, kPathBeneath, &rule, 0) < 0)
    return base::system_failure(errno,
                                fmt::format("cannot close the sandbox (Landlock, {})", path));
  return base::Ok{};
}

}  // namespace

std::uint32_t landlock_version() {
  constexpr unsigned kAskForVersion = 1;
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskForVersion);
  return version > 0 ? static_cast<std::uint32_t>(version) : 0;
}

base::Outcome restrict_paths(std::uint32_t version, std::span<const Reach> fixed,
                             std::span<const Path> paths, bool foreign_sockets) {
  const RulesetAttributes all = handled(version, foreign_sockets);
  const base::UniqueFd ruleset(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &all, size_of_attributes(version), 0)));
  if (!ruleset.valid()) return base::system_failure(errno, "cannot close the sandbox (Landlock)");
  for (const Reach& reach : fixed)
    if (auto added = add_path(ruleset.get(), all.files, reach.path, reach.access); !added)
      return added;
  for (const Path& path : paths)
    if (auto added = add_path(ruleset.get(), all.files, path.path.c_str(), path.access); !added)
      return added;
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) < 0)
    return base::system_failure(errno, "cannot close the sandbox (Landlock)");
  return base::Ok{};
}

}  // namespace sandbox
