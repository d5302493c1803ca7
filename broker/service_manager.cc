#include "broker/service_manager.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace broker {
namespace {

constexpr int kFirstSocket = 3;
constexpr int kMaxSockets = 16;

// The variable's value; it is for us alone, and removed.
std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value ? value : "";
  ::unsetenv(name);
  return taken;
}

template <class Number>
Number number(const std::string& text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

// Takes what is before the next colon off the front.
std::string next_name(std::string& names) {
  const std::size_t colon = names.find(':');
  std::string name = names.substr(0, colon);
  names = colon == std::string::npos ? "" : names.substr(colon + 1);
  return name;
}

std::map<std::string, base::UniqueFd> take_sockets() {
  const bool ours = number<pid_t>(take_variable("LISTEN_PID")) == ::getpid();
  const int count = number<int>(take_variable("LISTEN_FDS"));
  std::string names = take_variable("LISTEN_FDNAMES");
  std::map<std::string, base::UniqueFd> sockets;
  const int end = kFirstSocket + (ours ? std::clamp(count, 0, kMaxSockets) : 0);
  ::close_range(static_cast<unsigned>(end), UINT_MAX, 0);
  for (int fd = kFirstSocket; fd < end; ++fd) {
    base::UniqueFd socket(fd);
    int listens = 0;
    socklen_t size = sizeof listens;
    const std::string name = next_name(names);
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens) continue;
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    sockets.insert_or_assign(name, std::move(socket));
  }
  return sockets;
}

base::UniqueFd connect_notify(std::string path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() < 2 || path.size() >= sizeof address.sun_path) return {};
  if (path.front() != '/' && path.front() != '@') return {};
  if (path.front() == '@') path.front() = '\0';  // an abstract one
  std::memcpy(address.sun_path, path.data(), path.size());
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return {};
  return socket;
}

std::optional<std::chrono::milliseconds> take_watchdog() {
  const auto limit = std::chrono::microseconds(number<long>(take_variable("WATCHDOG_USEC")));
  const std::string pid = take_variable("WATCHDOG_PID");
  const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(limit / 2);
  if (half.count() < 1 || (!pid.empty() && number<pid_t>(pid) != ::getpid())) return {};
  return half;
}

}  // namespace

ServiceManager ServiceManager::find() {
  ServiceManager manager;
  manager.sockets_ = take_sockets();
  manager.notify_ = connect_notify(take_variable("NOTIFY_SOCKET"));
  manager.watchdog_ = take_watchdog();
  return manager;
}

base::UniqueFd ServiceManager::take_socket(const std::string& name) {
  const auto at = sockets_.find(name);
  return at == sockets_.end() ? base::UniqueFd() : std::move(at->second);
}

void ServiceManager::tell(std::string_view state) const {
  if (!notify_.valid()) return;
  iovec part{const_cast<char*>(state.data()), state.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ::sendmsg(notify_.get(), &message, MSG_NOSIGNAL);
}

base::UniqueFd open_credential(const std::string& name) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (!directory || directory[0] != '/') return {};
  const std::string path = std::string(directory) + "/" + name;
  return base::UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

}  // namespace broker
