// A client of the Secret Service (org.freedesktop.secrets), whoever provides it.
//
// Each method is one D-Bus call, and the prompt that the provider may want the user to answer
// first. Paths that come from the command line are checked by is_path() before they get here.
#pragma once

#include <sys/types.h>

#include <span>

#include "cli/attributes.h"
#include "cli/bus.h"
#include "cli/session.h"

namespace cli {

inline constexpr std::uint64_t kUnknownTime = 0;

struct Collection {
  std::string path;
  std::string label;
  bool locked = false;
  std::uint64_t created = kUnknownTime;  // seconds since the epoch, UTC
  std::uint64_t modified = kUnknownTime;
  std::vector<std::string> items;  // paths
};

struct Item {
  std::string path;
  std::string label;
  Attributes attributes;
  bool locked = false;
  std::uint64_t created = kUnknownTime;  // seconds since the epoch, UTC
  std::uint64_t modified = kUnknownTime;
};

struct SecretValue {
  Secret bytes;
  std::string content_type = "text/plain";
};

struct NewItem {
  std::string label;
  Attributes attributes;
  SecretValue secret;
  bool replace = true;  // an item of the same attributes
};

struct Found {
  std::vector<std::string> unlocked;  // paths
  std::vector<std::string> locked;
};

// The program that serves.
struct Provider {
  std::string unique_name;
  pid_t pid = 0;
};

bool is_path(const std::string& text);
// The path of the collection that holds the item.
std::string collection_of(const std::string& item_path);

class SecretService {
 public:
  // Code::unavailable when nobody serves and, with `start`, nobody can be started.
  static base::Result<SecretService> connect(bool start = true);

  // The program that has `name` on the bus at `address` (empty: the session bus), and serves
  // secrets whether or not it is the one that others use. Nobody is started.
  static base::Result<SecretService> connect_to(const std::string& address,
                                                const std::string& name);

  base::Result<Provider> provider();

  base::Result<std::vector<std::string>> collections();
  base::Result<Collection> collection(const std::string& path);
  base::Result<Item> item(const std::string& path);
  base::Result<Found> search(const Attributes& attributes);

  // The collection's path, or "/" when there is no such alias.
  base::Result<std::string> read_alias(const std::string& alias);
  base::Outcome set_alias(const std::string& alias, const std::string& collection);

  // Asks the user when the provider wants that. Code::locked when they decline.
  base::Outcome unlock(const std::vector<std::string>& paths);
  base::Outcome lock(const std::vector<std::string>& paths);

  base::Result<std::string> create_collection(const std::string& label);  // asks the user
  base::Outcome change_password(const std::string& collection);           // asks the user
  // The same three without a prompt. Code::wrong_password is told apart. The password travels in a
  // pipe where the service takes it so (org.coffer.Passwords1), else through the session.
  base::Result<std::string> create_collection(const std::string& label, const Secret& password);
  base::Outcome change_password(const std::string& collection, const Secret& old,
                                const Secret& wanted);
  base::Outcome unlock(const std::string& collection, const Secret& password);

  base::Result<std::string> create_item(const std::string& collection, const NewItem& item);
  base::Result<SecretValue> secret(const std::string& item);

  // The same for many: some calls are sent ahead of the answers, which come in the same order.
  std::vector<base::Result<Item>> items(const std::vector<std::string>& paths);
  base::Result<std::vector<base::Result<SecretValue>>> secrets(
      const std::vector<std::string>& items);
  base::Result<std::vector<base::Result<std::string>>> create_items(const std::string& collection,
                                                                    std::span<const NewItem> items);

  base::Outcome set_secret(const std::string& item, const SecretValue& secret);
  base::Outcome set_item_label(const std::string& item, const std::string& label);
  base::Outcome set_attributes(const std::string& item, const Attributes& attributes);
  base::Outcome rename_collection(const std::string& collection, const std::string& label);
  base::Outcome remove_item(const std::string& item);
  base::Outcome remove_collection(const std::string& collection);

  // The unique name of the program that serves, and the machine-wide identity of its bus.
  const std::string& unique_name() const { return bus_.peer(); }
  base::Result<std::string> bus_id();

  // What the provider says of itself through org.coffer.Status1; nothing of one that is not Coffer.
  Attributes describe();

  // Whether secrets cross the bus encrypted; opens the session when there is none yet.
  base::Result<bool> is_encrypted();

 private:
  struct Session {
    std::string path;
    Secret key;  // empty in a plain session
  };
  explicit SecretService(Bus bus) : bus_(std::move(bus)) {}

  base::Outcome open_session();
  base::Result<Session> open_encrypted_session();
  base::Result<Session> open_plain_session();
  Message create_call(const std::string& collection, const NewItem& item) const;
  Message secret_call(const std::string& item) const;
  base::Result<SecretValue> opened_secret(const Message& reply) const;
  void append_secret(Writer& at, base::ByteView secret, const std::string& content_type) const;

  bool takes_descriptors();
  // A call of org.coffer.Passwords1, with one argument filled in by `fill`, and the passwords.
  template <class F>
  base::Result<Message> call_with_passwords(const char* method, F&& fill,
                                            std::initializer_list<const Secret*> passwords);
  base::Outcome send(const Message& call);
  // Shows the prompt, unless its path is "/".
  base::Outcome finish(const std::string& prompt);
  // For answers that end in a prompt's path, after that many arrays of paths.
  base::Outcome send_and_finish(const Message& call, int arrays_before);
  // For answers of a path and a prompt's path; the path may be the prompt's result instead.
  base::Result<std::string> send_and_finish_with_path(const Message& call);
  base::Result<std::string> finish_with_path(const base::Result<Message>& reply);
  template <class F>
  base::Outcome read_properties(const std::string& path, const char* interface, F&& read);
  template <class F>
  base::Outcome set_property(const std::string& path, const char* interface, const char* name,
                             const char* signature, F&& fill);

  Bus bus_;
  std::optional<Session> session_;
  std::optional<bool> takes_descriptors_;
};

}  // namespace cli
