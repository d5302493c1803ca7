// Answers the collection requests of the store protocol.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "broker/catalog.h"
#include "broker/collections.h"
#include "ipc/server.h"

namespace broker {

// Writes that arrive together share one commit; each is answered after it. Every other request to a
// collection sees all writes that were asked for before it.
class Store {
 public:
  // A data directory under our lock. Without a readable catalog the collections are served without
  // aliases. `loop` must outlive the store, and must not run after it.
  static base::Result<Store> open(base::EventLoop& loop, const std::string& data_directory);

  void on(ipc::store::ListCollections request, ipc::Answer<ipc::store::ListCollections> answer);
  void on(ipc::store::LoadCollection request, ipc::Answer<ipc::store::LoadCollection> answer);
  void on(ipc::store::LoadItems request, ipc::Answer<ipc::store::LoadItems> answer);
  void on(ipc::store::Write request, ipc::Answer<ipc::store::Write> answer);
  void on(ipc::store::CreateCollection request, ipc::Answer<ipc::store::CreateCollection> answer);
  void on(ipc::store::DeleteCollection request, ipc::Answer<ipc::store::DeleteCollection> answer);
  void on(ipc::store::SetAlias request, ipc::Answer<ipc::store::SetAlias> answer);

 private:
  struct Queued {
    ipc::store::Write write;
    ipc::Answer<ipc::store::Write> answer;
  };

  Store(base::EventLoop& loop, Collections collections, base::Result<Catalog> catalog)
      : loop_(&loop), collections_(std::move(collections)), catalog_(std::move(catalog)) {}
  void flush(const std::string& collection);
  void commit(CollectionFile& file, std::span<Queued> batch);
  base::Outcome change_alias(const ipc::store::SetAlias& request);

  base::EventLoop* loop_;
  Collections collections_;
  base::Result<Catalog> catalog_;  // or why there is none
  std::map<std::string, std::vector<Queued>> queued_;
};

}  // namespace broker
