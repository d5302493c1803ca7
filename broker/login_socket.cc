#include "broker/login_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/log.h"
#include "ipc/login_protocol.h"

namespace broker {
namespace {

constexpr int kBacklog = 16;

base::Outcome make_private_directory(const std::string& path) {
  struct stat found {};
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return base::system_failure(errno, fmt::format("cannot create the directory {}", path));
  if (::lstat(path.c_str(), &found) != 0)
    return base::system_failure(errno, fmt::format("cannot examine {}", path));
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid())
    return base::fail(base::Code::invalid, fmt::format("{} is not a directory of this user", path));
  if ((found.st_mode & 07777) != 0700 && ::chmod(path.c_str(), 0700) != 0)
    return base::system_failure(errno, fmt::format("cannot close {} to others", path));
  return base::Ok{};
}

base::UniqueFd new_socket() {
  return base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool is_listened_on(const sockaddr_un& address) {
  const base::UniqueFd probe = new_socket();
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
         errno == EAGAIN;
}

bool bind_to(const base::UniqueFd& socket, const sockaddr_un& address) {
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

base::Result<base::UniqueFd> listen_in_runtime_directory(const std::string& directory,
                                                         const std::string& name) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (!runtime || runtime[0] != '/')
    return base::fail(base::Code::unavailable, "XDG_RUNTIME_DIR is not set");
  const std::string folder = fmt::format("{}/{}", runtime, directory);
  if (auto made = make_private_directory(folder); !made) return base::fail(made.error());
  const std::string path = fmt::format("{}/{}", folder, name);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return base::fail(base::Code::invalid, fmt::format("the path {} is too long", path));
  std::memcpy(address.sun_path, path.data(), path.size());

  base::UniqueFd socket = new_socket();
  bool bound = bind_to(socket, address);
  if (!bound && errno == EADDRINUSE) {
    if (is_listened_on(address))
      return base::fail(base::Code::busy, fmt::format("somebody listens on {} already", path));
    ::unlink(path.c_str());
    bound = bind_to(socket, address);
  }
  if (!bound || ::listen(socket.get(), kBacklog) != 0)
    return base::system_failure(errno, fmt::format("cannot listen on {}", path));
  return socket;
}

LoginSockets open_login_sockets(const Configuration& configuration, ServiceManager& manager) {
  const auto open = [&](bool wanted, const char* handed_over_as, const char* directory,
                        const char* name) -> base::UniqueFd {
    if (!wanted) return {};
    base::UniqueFd handed_over = manager.take_socket(handed_over_as);
    if (handed_over.valid()) return handed_over;
    auto made = listen_in_runtime_directory(directory, name);
    if (made) return *std::move(made);
    base::log::warning("logins cannot unlock the keyring: {}", made.error().what);
    return {};
  };
  return {
      open(configuration.login_socket, "coffer-pam", login::kSocketDirectory, login::kSocketName),
      open(configuration.gnome_keyring_socket, "gnome-keyring-control", "keyring", "control")};
}

}  // namespace broker
