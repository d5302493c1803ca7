// The kernel, the limits, and the permissions.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>

#include "cli/doctor/checks.h"

namespace cli {
namespace {

constexpr std::uint64_t kEnough = 8 * 1024 * 1024;  // bytes, of RLIMIT_MEMLOCK: see SECURITY.md
constexpr const char* kSetCapability = "sudo setcap cap_ipc_lock=+p $(command -v cofferd)";

std::string line_of(const Machine& machine, const std::string& path) {
  std::string text = machine.read(path).value_or("");
  return text.substr(0, text.find('\n'));
}

std::string words_for_limit(std::uint64_t limit) {
  return limit == RLIM_INFINITY ? "unlimited" : fmt::format("{} KiB", limit / 1024);
}

}  // namespace

Finding check_data(const Machine& machine, const std::string& path, uid_t user) {
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  for (const std::string& folder : {path, path + "/collections"}) {
    struct stat is {};
    if (::stat((machine.root + folder).c_str(), &is) != 0) continue;
    if (!S_ISDIR(is.st_mode))
      return {"data", State::failed, fmt::format("{} is no folder", folder),
              "move it away; cofferd makes the folder"};
    if (is.st_uid != user)
      return {"data", State::failed, fmt::format("{} is another user's ({})", folder, is.st_uid),
              fmt::format("sudo chown -R {} {}", user, folder)};
    if (is.st_mode & kOthers)
      return {"data", State::warning, fmt::format("others may look into {}", folder),
              fmt::format("chmod 700 {}", folder)};
  }
  if (!machine.exists(path))
    return {"data", State::good, fmt::format("{} is not there yet: cofferd makes it", path)};
  return {"data", State::good, fmt::format("{} is this user's alone", path)};
}

bool grants_ipc_lock(const std::string& attribute) {
  // struct vfs_cap_data of linux/capability.h: a revision, then permitted and inheritable, 32 bits
  // each, of the capabilities from 0 on; little-endian.
  constexpr int kIpcLock = 14;
  constexpr std::size_t kPermitted = 4;
  if (attribute.size() < 12) return false;
  return (static_cast<unsigned char>(attribute[kPermitted + kIpcLock / 8]) >> (kIpcLock % 8)) & 1;
}

Finding check_memory(const std::string& words, std::uint64_t limit, bool capability) {
  const bool runs = !words.empty();
  const bool is_locked =
      words.find("locked") != std::string::npos && words.find("cannot") == std::string::npos;
  if (runs && !is_locked)
    return {"memory", State::warning, words,
            capability ? "restart cofferd: the capability was given to it after it was started"
                       : fmt::format("{}; or raise \"ulimit -l\"", kSetCapability)};
  if (!capability && limit < kEnough)
    return {"memory", State::warning,
            fmt::format("cofferd has no CAP_IPC_LOCK, and the limit of locked memory is small ({})",
                        words_for_limit(limit)),
            fmt::format("{}; an update may have taken it away", kSetCapability)};
  if (runs) return {"memory", State::good, words};
  return {"memory", State::good,
          capability ? "cofferd may lock all its memory (CAP_IPC_LOCK)"
                     : fmt::format("the limit of locked memory is large enough ({})",
                                   words_for_limit(limit))};
}

Findings check_debugging(const Machine& machine) {
  Findings found;
  const std::string scope = line_of(machine, "/proc/sys/kernel/yama/ptrace_scope");
  if (scope.empty() || scope == "0")
    found.push_back({"debugging", State::warning,
                     "programs of one user may read each other's memory (Coffer's cannot be read)",
                     "sudo sysctl kernel.yama.ptrace_scope=1, and a line of it in /etc/sysctl.d"});
  const std::string pattern = line_of(machine, "/proc/sys/kernel/core_pattern");
  if (line_of(machine, "/proc/sys/fs/suid_dumpable") == "1")
    found.push_back({"debugging", State::warning, "privileged programs leave readable cores",
                     "sudo sysctl fs.suid_dumpable=0"});
  if (found.empty())
    found.push_back({"debugging", State::good,
                     fmt::format("programs cannot read each other's memory; their cores go to {} "
                                 "(Coffer leaves none)",
                                 pattern.empty() ? "nowhere" : "\"" + pattern + "\"")});
  return found;
}

Finding check_landlock(int version) {
  if (version > 0)
    return {"landlock", State::good, fmt::format("the kernel has it (version {})", version)};
  return {"landlock", State::warning,
          "the kernel has no Landlock: one wall of the sandbox is missing",
          "boot a kernel from 5.13 on with \"landlock\" in its lsm= list"};
}

}  // namespace cli
