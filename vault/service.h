// The vault as a process serves it: first the store, then whoever the broker sends.
#pragma once

#include <list>
#include <memory>
#include <optional>

#include "vault/connection.h"
#include "vault/logins.h"
#include "vault/startup.h"

namespace vault {

class Service {
 public:
  // `broker` is the socket to the broker. Nothing is read before run().
  Service(base::EventLoop& loop, const Started& started, base::UniqueFd broker);

  // Serves until the broker is gone. The exit status: 0, or 1 when the vault could not start.
  int run();

 private:
  struct Frontend {
    explicit Frontend(Vault& vault) : connection(vault) {}
    Connection connection;
    std::unique_ptr<ipc::Server<wire::Protocol, Connection>> server;
  };
  void start(store::Start::Reply reply);
  void await_orders();
  void serve(base::UniqueFd frontend);
  void take_password(base::UniqueFd password);
  void give_up(const std::string& why);

  base::EventLoop& loop_;
  const Started& started_;
  StoreClient store_;
  std::unique_ptr<Vault> vault_;
  std::optional<Logins> logins_;
  std::list<Frontend> frontends_;
  int status_ = 0;
};

}  // namespace vault
