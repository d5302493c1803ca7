#include "cli/password_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace cli {

base::Result<base::UniqueFd> pipe_with(const Secret& password) {
  constexpr std::size_t kMost = 4096;  // bytes, which a pipe takes at once
  if (password.size() > kMost)
    return base::fail(base::Code::limits_exceeded,
                      "the password is longer than 4096 bytes; choose a shorter one");
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::system_failure(errno, "cannot make a pipe");
  base::UniqueFd out(ends[0]);
  const base::UniqueFd in(ends[1]);
  const auto size = static_cast<ssize_t>(password.size());
  if (size > 0 && ::write(in.get(), password.view().data(), password.size()) != size)
    return base::system_failure(errno, "cannot write the password into a pipe");
  return out;
}

}  // namespace cli
