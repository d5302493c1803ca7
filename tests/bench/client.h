// A client of whichever Secret Service owns the name on the bus, on a connection of its own.
#pragma once

#include <dbus/dbus.h>

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

struct Unref {
  void operator()(DBusMessage* message) const { dbus_message_unref(message); }
};
using Message = std::unique_ptr<DBusMessage, Unref>;

// The provider refused, or is gone; says what was asked, and the answer.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The attributes of the item `name`: two that all items share, and one of its own.
std::map<std::string, std::string> attributes_of(const std::string& name);

// Blocking, and to be used by one thread at a time. Every call throws Refused when it fails.
class Client {
 public:
  enum class Transfer { plain, encrypted };

  // Signs on to the session bus, and opens a session of each kind.
  explicit Client(std::string collection);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void ping();
  // The encrypted one's secrets are never decrypted here.
  std::string open_session(Transfer transfer);
  void close_session(const std::string& path);
  // Paths of the unlocked items of this name.
  std::vector<std::string> search(const std::string& name);
  std::vector<std::string> all_items();
  void get_secret(const std::string& item, Transfer transfer = Transfer::plain);
  void get_secrets(const std::vector<std::string>& items, Transfer transfer = Transfer::plain);
  // Asks for all properties of each item, without waiting in between.
  void get_all(const std::vector<std::string>& items);
  std::string create(const std::string& name, std::size_t size, bool replace);
  void remove(const std::string& item);
  // Creates items of 32 bytes, named 0 to `count` - 1, many at a time.
  void fill(std::size_t count);

 private:
  Message send(DBusMessage* call);
  void send_all(std::size_t count, const std::function<Message(std::size_t)>& call);
  Message create_call(const std::string& name, std::size_t size, bool replace) const;
  const std::string& session(Transfer transfer) const {
    return transfer == Transfer::plain ? plain_ : encrypted_;
  }

  DBusConnection* connection_ = nullptr;
  std::string collection_;
  std::string plain_, encrypted_;
};

}  // namespace bench
