// Conversations with pinentry (GnuPG's passphrase dialog), which the broker started for us.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "base/event_loop.h"
#include "ipc/vault_protocol.h"
#include "vault/secret_bytes.h"

namespace vault {

namespace wire = ipc::vault;

// One question, asked over a socket to a pinentry's standard input and output. Protocol: Assuan, as
// pinentry's manual describes it ("Pinentry Assuan protocol"). Keeps itself alive until it is over.
class Pinentry : public std::enable_shared_from_this<Pinentry> {
 public:
  // Nothing when the person said no. Of a confirmation, an empty password means yes.
  using Done = std::function<void(base::Result<std::optional<SecretBytes>>)>;

  static std::shared_ptr<Pinentry> ask(base::EventLoop& loop, Arena& arena, base::UniqueFd socket,
                                       const wire::AskPinentry& question, Done done);
  // The dialog disappears; counts as no.
  void close();

 private:
  Pinentry(base::EventLoop& loop, base::UniqueFd socket, SecretBytes buffer, SecretBytes password,
           Done done)
      : loop_(loop),
        socket_(std::move(socket)),
        buffer_(std::move(buffer)),
        password_(std::move(password)),
        done_(std::move(done)) {}
  void read_some();
  // False when the conversation is over.
  bool take_line(std::string_view line);
  bool send_next();
  bool append(std::string_view escaped);
  void finish(base::Outcome outcome, bool accepted);

  base::EventLoop& loop_;
  base::UniqueFd socket_;
  SecretBytes buffer_;    // what was read of the present line
  std::size_t used_ = 0;  // of it
  SecretBytes password_;
  std::size_t size_ = 0;  // of the password
  std::vector<std::string> commands_;
  std::size_t next_ = 0;
  Done done_;
};

// The pinentries that were started and have not been asked, and those that are being asked.
class Pinentries {
 public:
  static constexpr std::size_t kMaxWaiting = 8;
  using Number = wire::PinentryId;

  Pinentries(base::EventLoop& loop, Arena& arena) : loop_(loop), arena_(arena) {}

  // From the broker. Too many that nobody asks are let go, oldest first.
  void add(Number number, base::UniqueFd socket);
  // Code::unavailable when that pinentry was not started, or was asked already.
  void ask(const wire::AskPinentry& question, Pinentry::Done done);
  void close(Number number);

 private:
  base::EventLoop& loop_;
  Arena& arena_;
  std::map<Number, base::UniqueFd> waiting_;
  std::map<Number, std::weak_ptr<Pinentry>> asking_;
};

}  // namespace vault
