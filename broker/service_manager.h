// What a service manager such as systemd hands to the daemon, and is told by it, without its
// library: sd_listen_fds(3), sd_notify(3), and credentials (systemd.exec(5)). Where nothing started
// us this way, there is nothing to take, and telling does nothing.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace broker {

class ServiceManager {
 public:
  // Reads the environment, takes over the sockets, and closes every other descriptor but 0, 1 and
  // 2. Call it once, before anything is opened or started.
  static ServiceManager find();

  // The listening socket that was handed over under this name (FileDescriptorName=); empty when
  // there is none.
  base::UniqueFd take_socket(const std::string& name);

  // One line for each assignment, "READY=1". Never blocks.
  void tell(std::string_view state) const;

  // How often it wants to hear from us, twice as often as it waits.
  std::optional<std::chrono::milliseconds> watchdog_interval() const { return watchdog_; }

 private:
  base::UniqueFd notify_;  // a connected datagram socket
  std::map<std::string, base::UniqueFd> sockets_;
  std::optional<std::chrono::milliseconds> watchdog_;
};

// The credential `name` of this service, open for reading; empty when there is none.
base::UniqueFd open_credential(const std::string& name);

}  // namespace broker
