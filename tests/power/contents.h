// What a store holds, in a form that can be compared; and a store that is asked without a socket.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/store.h"

namespace power {

struct Collection {
  std::uint64_t generation = 0;
  base::Bytes header;
  base::Bytes manifest;
  std::map<std::uint64_t, std::pair<std::uint64_t, base::Bytes>> items;  // number: version, box
  bool operator==(const Collection&) const = default;
};

struct Contents {
  std::map<std::string, Collection> collections;
  std::map<std::string, std::string> aliases;
  bool operator==(const Contents&) const = default;
};

class OpenStore {
 public:
  explicit OpenStore(const std::string& folder) : store_(broker::Store::open(loop_, folder)) {}
  base::Outcome outcome() const {
    return store_ ? base::Outcome(base::Ok{}) : base::fail(store_.error());
  }

  template <class M>
  base::Result<typename M::Reply> ask(M request) {
    std::optional<base::Result<typename M::Reply>> result;
    send(std::move(request), [&](auto reply) { result.emplace(std::move(reply)); });
    while (!result) loop_.run_once(std::chrono::milliseconds(0));
    return *std::move(result);
  }
  template <class M, class F>
  void send(M request, F done) {
    store_->on(std::move(request), ipc::Answer<M>(std::move(done)));
  }
  void run_once() { loop_.run_once(std::chrono::milliseconds(0)); }

  base::Result<Contents> contents();

 private:
  base::Result<Collection> collection(const std::string& name);

  base::EventLoop loop_;
  base::Result<broker::Store> store_;
};

}  // namespace power
