#include "broker/durable.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "base/unique_fd.h"

namespace broker {

base::Outcome sync_path(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) < 0)
    return base::system_failure(errno, fmt::format("cannot store {}", path));
  return base::Ok{};
}

}  // namespace broker
