#include "tests/bench/floors.h"

#include <dbus/dbus.h>
#include <fcntl.h>
#include <gmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>

#include "base/unique_fd.h"

namespace bench {
namespace {

constexpr const char* kName = "org.freedesktop.secrets";

[[noreturn]] void fail(const char* doing) {
  throw std::runtime_error(std::string(doing) + ": " + std::strerror(errno));
}

std::function<void()> append_and_sync(const std::string& folder) {
  const std::string path = folder + "/floor";
  auto file = std::make_shared<base::UniqueFd>(
      ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
  if (!file->valid()) fail("cannot make a file");
  return [file] {
    const std::array<char, 512> block{};
    if (::write(file->get(), block.data(), block.size()) != 512 || ::fdatasync(file->get()) < 0)
      fail("cannot write");
  };
}

// One byte to a thread and back: two sockets' work and two wake-ups.
std::function<void()> socket_round_trip() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) fail("cannot make a socket");
  std::thread([there = ends[1]] {
    for (char byte = 0; ::read(there, &byte, 1) == 1;)
      if (::write(there, &byte, 1) != 1) return;
  }).detach();
  return [here = ends[0]] {
    char byte = 0;
    if (::write(here, &byte, 1) != 1 || ::read(here, &byte, 1) != 1) fail("the socket broke");
  };
}

// Of the size that an encrypted session needs two of: 1024 bits, in constant time.
std::function<void()> exponentiation() {
  struct Numbers {
    mpz_t base, exponent, modulus, result;
    Numbers() {
      mpz_inits(base, exponent, modulus, result, nullptr);
      mpz_ui_pow_ui(modulus, 2, 1024);
      mpz_sub_ui(modulus, modulus, 105);
      mpz_ui_pow_ui(exponent, 3, 646);
      mpz_ui_pow_ui(base, 5, 440);
    }
    ~Numbers() { mpz_clears(base, exponent, modulus, result, nullptr); }
  };
  auto numbers = std::make_shared<Numbers>();
  return [numbers] {
    mpz_powm_sec(numbers->result, numbers->base, numbers->exponent, numbers->modulus);
  };
}

// Through the bus to a process that does nothing else (see answer_pings).
std::function<void()> ping() {
  DBusConnection* connection = dbus_bus_get(DBUS_BUS_SESSION, nullptr);
  if (!connection) throw std::runtime_error("there is no session bus");
  return [connection] {
    DBusMessage* call = dbus_message_new_method_call(kName, "/", DBUS_INTERFACE_PEER, "Ping");
    DBusMessage* reply =
        dbus_connection_send_with_reply_and_block(connection, call, 10'000, nullptr);
    dbus_message_unref(call);
    if (!reply) throw std::runtime_error("no answer to Ping");
    dbus_message_unref(reply);
  };
}

}  // namespace

std::map<std::string, std::function<void()>> make_floors(const std::string& folder) {
  return {{"Ping", ping()},
          {"fdatasync", append_and_sync(folder)},
          {"socketpair", socket_round_trip()},
          {"modexp", exponentiation()}};
}

void answer_pings() {
  DBusConnection* connection = dbus_bus_get(DBUS_BUS_SESSION, nullptr);
  if (!connection) throw std::runtime_error("there is no session bus");
  dbus_connection_set_exit_on_disconnect(connection, FALSE);
  dbus_bus_request_name(connection, kName, 0, nullptr);
  while (dbus_connection_read_write_dispatch(connection, -1)) {
  }
}

}  // namespace bench
