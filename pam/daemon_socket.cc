// As root we walk through directories of the user, who may change them at any moment. So nothing is
// looked up twice: each step opens what the one before checked, without following links, and
// without opening anything for real (O_PATH), so that a fifo or a device cannot stall or see us.
// The socket that was checked is the one connected to, by its descriptor.
#include "pam/daemon_socket.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "ipc/login_protocol.h"

namespace pam {
namespace {

constexpr char kBusName[] = "bus";

// Below the runtime directory no other file system may be mounted: one that the user serves
// (FUSE) could keep us waiting.
base::UniqueFd open_below(int directory, const char* name, int flags) {
  open_how how{};
  how.flags = static_cast<unsigned>(O_PATH | O_NOFOLLOW | O_CLOEXEC | flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  const long fd = ::syscall(SYS_openat2, directory, name, &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return base::UniqueFd(static_cast<int>(fd));
  // An older kernel, or a filter from before that call.
  return base::UniqueFd(::openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | flags));
}

Problem not_opened(const char* what) { return {what, errno, errno == ENOENT}; }

Problem check_directory(const base::UniqueFd& directory, uid_t user) {
  struct stat found {};
  if (::fstat(directory.get(), &found) != 0) return system_problem("cannot examine a directory");
  if (found.st_uid != user) return {"a directory on the way to the daemon belongs to someone else"};
  if ((found.st_mode & 07777) != 0700)
    return {"a directory on the way to the daemon is open to others"};
  return {};
}

Problem check_socket(const base::UniqueFd& socket, uid_t user) {
  struct stat found {};
  if (::fstat(socket.get(), &found) != 0) return system_problem("cannot examine the socket");
  if (!S_ISSOCK(found.st_mode)) return {"what is in the socket's place is no socket"};
  if (found.st_uid != user) return {"the socket belongs to someone else"};
  return {};
}

Problem check_listener(const base::UniqueFd& socket, uid_t user) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return system_problem("cannot tell who listens");
  if (peer.uid != user) return {"someone else listens on the socket"};
  return {};
}

// /run/user/UID, which root made for the user, below directories of root.
base::UniqueFd open_runtime_directory(uid_t user, Problem& problem) {
  char path[64];
  ::snprintf(path, sizeof path, "/run/user/%lu", static_cast<unsigned long>(user));
  base::UniqueFd directory(::open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  problem = directory.valid() ? check_directory(directory, user)
                              : not_opened("cannot open the runtime directory");
  return directory;
}

base::UniqueFd open_socket(uid_t user, Problem& problem) {
  const base::UniqueFd runtime = open_runtime_directory(user, problem);
  if (problem) return {};
  const base::UniqueFd ours = open_below(runtime.get(), login::kSocketDirectory, O_DIRECTORY);
  problem =
      ours.valid() ? check_directory(ours, user) : not_opened("cannot open the daemon's directory");
  if (problem) return {};
  base::UniqueFd socket = open_below(ours.get(), login::kSocketName, 0);
  problem =
      socket.valid() ? check_socket(socket, user) : not_opened("cannot find the daemon's socket");
  return socket;
}

// A full queue of a socket that does not block is told at once, and there is no way to wait for it.
Problem connect_within(int fd, const sockaddr_un& address, const Deadline& deadline) {
  while (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ECONNREFUSED) return {"nobody listens on the socket", 0, true};
    if (errno != EAGAIN && errno != EINTR) return system_problem("cannot connect to the daemon");
    if (deadline.passed()) return {"the daemon takes no connection"};
    deadline.pause();
  }
  return {};
}

}  // namespace

Connection connect_to_daemon(uid_t user, const Deadline& deadline) {
  if (deadline.passed()) return {{}, {"no time is left"}};
  Problem problem;
  const base::UniqueFd place = open_socket(user, problem);
  if (problem) return {{}, problem};
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return {{}, system_problem("cannot make a socket")};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", place.get());
  problem = connect_within(socket.get(), address, deadline);
  if (!problem) problem = check_listener(socket, user);
  if (problem) return {{}, problem};
  return {std::move(socket), {}};
}

Problem find_session_bus(uid_t user) {
  Problem problem;
  const base::UniqueFd runtime = open_runtime_directory(user, problem);
  if (problem) return problem;
  const base::UniqueFd bus = open_below(runtime.get(), kBusName, 0);
  return bus.valid() ? check_socket(bus, user) : not_opened("there is no session bus to serve");
}

}  // namespace pam
