// A bus, and the one program on it that serves the Secret Service.
#pragma once

#include <optional>

#include "base/result.h"
#include "dbus/message.h"
#include "dbus/names.h"

namespace cli {

using dbus::Message;
using dbus::Reader;
using dbus::Writer;
namespace names = dbus::names;

class Bus {
 public:
  // The session bus, or the one at `address`. Fails with Code::unavailable when it is not there.
  static base::Result<Bus> connect(const std::string& address = {});

  // The unique name of the program that has `name` now, if there is one: by default, of the one
  // that serves secrets.
  base::Result<std::optional<std::string>> owner(const std::string& name = names::kBusName);
  // Whether somebody has this name, or would be started for it.
  base::Result<bool> can_reach(const std::string& name);
  // Asks the bus to start a provider, if one is installed for that. Code::unavailable otherwise.
  base::Outcome start_provider();

  // From here on, calls go to this unique name: a secret goes to the program that the session was
  // opened with, and to no successor of it.
  void talk_to(std::string unique_name) { peer_ = std::move(unique_name); }
  const std::string& peer() const { return peer_; }
  // Tells this bus from all others.
  base::Result<std::string> id();

  Message new_call(const std::string& path, const char* interface, const char* method) const;
  // A method of the bus itself, with one text as its argument.
  base::Result<Message> call_bus(const char* method, const std::string& argument);
  // Whether descriptors can be sent over this bus.
  bool carries_descriptors() const {
    return dbus_connection_can_send_type(connection_.get(), DBUS_TYPE_UNIX_FD);
  }
  // Waits for the answer. An error that the provider answers is told apart by its code.
  base::Result<Message> call(const Message& call);
  // The answers to all of these, in their order. Some calls are sent ahead of the answers.
  std::vector<base::Result<Message>> call_all(const std::vector<Message>& calls);

  // Shows the prompt to the user and waits for its end, however long they take; the message holds
  // its result (b v). Code::locked when it was dismissed.
  base::Result<Message> prompt(const std::string& path);

 private:
  struct Close {
    void operator()(DBusConnection* connection) const {
      dbus_connection_close(connection);
      dbus_connection_unref(connection);
    }
  };
  using Connection = std::unique_ptr<DBusConnection, Close>;
  explicit Bus(Connection connection) : connection_(std::move(connection)) {}
  base::Result<Message> answer_to(DBusPendingCall* pending);
  base::Outcome listen_to(const std::string& rule);
  base::Result<Message> wait_for_completion(const std::string& path);

  Connection connection_;
  std::string peer_ = names::kBusName;
};

// For an answer that is not of the type that the specification gives it.
base::Failure<base::Error> unreadable();

// What a D-Bus error means here, in words that say what to do.
base::Error error_from(std::string_view name, std::string_view message);

}  // namespace cli
