// The road that a secret takes from its file to a client, in one process: the broker's store, the
// vault on it, and a client with a plain session.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "broker/store.h"
#include "vault/connection.h"

namespace damage {

// What outlives a daemon: expensive to make, and empty in between.
struct Surroundings {
  base::EventLoop loop;
  std::unique_ptr<vault::Arena> arena = *vault::Arena::create();
  std::unique_ptr<vault::Worker> worker = *vault::Worker::start(loop);
};

class Daemon {
 public:
  Daemon(Surroundings& around, const std::string& folder);

  base::Outcome log_in(const std::string& password);  // opens or creates the collection `login`
  base::Outcome create_collection(const std::string& label, const std::string& password);
  base::Outcome unlock(const std::string& collection, const std::string& password);
  base::Outcome create_item(const std::string& collection, const std::string& secret);
  // label -> secret of every item that is served.
  std::map<std::string, std::string> items(const std::string& collection);

 private:
  struct Handler {
    broker::Store& store;
    void on(ipc::store::Start, ipc::Answer<ipc::store::Start>) {}
    void on(ipc::store::Await, ipc::Answer<ipc::store::Await>) {}
    void on(ipc::store::KeepSessionRow, ipc::Answer<ipc::store::KeepSessionRow>) {}
    void on(ipc::store::ForgetSessionRow, ipc::Answer<ipc::store::ForgetSessionRow>) {}
    void on(ipc::store::LoadSessionRows, ipc::Answer<ipc::store::LoadSessionRows>) {}
    void on(ipc::store::ReadKeyring, ipc::Answer<ipc::store::ReadKeyring>) {}
    void on(ipc::store::EndImport, ipc::Answer<ipc::store::EndImport>) {}
    template <class M>
    void on(M request, ipc::Answer<M> answer) {
      store.on(std::move(request), std::move(answer));
    }
  };

  template <class T>
  T wait_for(std::optional<T>& result) {
    while (!result) around_.loop.run_once(std::chrono::milliseconds::max());
    return *std::move(result);
  }
  template <class M>
  base::Result<typename M::Reply> ask(M request) {
    std::optional<base::Result<typename M::Reply>> answer;
    client_->on(std::move(request),
                ipc::Answer<M>([&](auto reply) { answer.emplace(std::move(reply)); }));
    return wait_for(answer);
  }
  vault::SecretBytes secret(const std::string& text) {
    return *vault::SecretBytes::copy(*around_.arena, base::bytes_of(text));
  }

  static constexpr ipc::vault::ClientId kClient{7};
  Surroundings& around_;
  base::Result<broker::Store> store_;
  std::optional<Handler> handler_;
  std::optional<ipc::Server<ipc::store::Protocol, Handler>> server_;
  std::optional<vault::StoreClient> to_store_;
  std::optional<vault::Vault> vault_;
  std::optional<vault::Connection> client_;
  ipc::vault::SessionId session_;
};

}  // namespace damage
