// A live vault behind its protocol: a frontend that was taken over sends whatever it likes.
//
// Input: requests one after the other, each as u8 tag | u16 length | body.
#include <sodium.h>

#include "ipc/store_protocol.h"
#include "tests/fuzz/decoder.h"
#include "vault/connection.h"

namespace {

// Says yes to every write; nothing is kept.
struct YesStore {
  void on(ipc::store::Start, ipc::Answer<ipc::store::Start>) {}
  void on(ipc::store::Await, ipc::Answer<ipc::store::Await>) {}
  void on(ipc::store::ListCollections, ipc::Answer<ipc::store::ListCollections> answer) {
    answer(ipc::store::ListCollections::Reply{});
  }
  void on(ipc::store::LoadCollection, ipc::Answer<ipc::store::LoadCollection>) {}
  void on(ipc::store::LoadItems, ipc::Answer<ipc::store::LoadItems>) {}
  void on(ipc::store::Write, ipc::Answer<ipc::store::Write> answer) { answer(ipc::Nothing{}); }
  void on(ipc::store::CreateCollection, ipc::Answer<ipc::store::CreateCollection> answer) {
    answer(ipc::Nothing{});
  }
  void on(ipc::store::DeleteCollection, ipc::Answer<ipc::store::DeleteCollection> answer) {
    answer(ipc::Nothing{});
  }
  void on(ipc::store::SetAlias, ipc::Answer<ipc::store::SetAlias> answer) {
    answer(ipc::Nothing{});
  }
  void on(ipc::store::KeepSessionRow, ipc::Answer<ipc::store::KeepSessionRow>) {}
  void on(ipc::store::ForgetSessionRow, ipc::Answer<ipc::store::ForgetSessionRow>) {}
  void on(ipc::store::LoadSessionRows, ipc::Answer<ipc::store::LoadSessionRows>) {}
  void on(ipc::store::ReadKeyring, ipc::Answer<ipc::store::ReadKeyring>) {}
  void on(ipc::store::EndImport, ipc::Answer<ipc::store::EndImport>) {}
};

// One vault for all inputs, as a frontend that was taken over would find it; the session collection
// is unlocked, and session 1 belongs to client 1.
struct Live {
  base::EventLoop loop;
  std::unique_ptr<vault::Arena> arena = *vault::Arena::create();
  std::unique_ptr<vault::Worker> worker = *vault::Worker::start(loop);
  YesStore store;
  std::pair<base::UniqueFd, base::UniqueFd> sockets = *ipc::make_socketpair();
  ipc::Server<ipc::store::Protocol, YesStore> server{loop, std::move(sockets.second), store,
                                                     [](std::string) {}};
  vault::StoreClient client{loop, std::move(sockets.first), [](std::string) {}};
  vault::Vault vault{{loop, *arena, *worker, client},
                     {1, 8, true, true},
                     *vault::SecretBytes::copy(*arena, base::Bytes(32, std::byte{1}))};
  std::optional<vault::Connection> connection;

  Live() {
    bool loaded = false;
    vault.load([&](base::Outcome) { loaded = true; });
    while (!loaded) loop.run_once(std::chrono::milliseconds(10));
  }
  void handle(ipc::IncomingFrame frame) {
    static_cast<void>(ipc::dispatch<ipc::vault::Protocol>(*connection, {}, std::move(frame)));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = sodium_init() >= 0;
  if (!ready) std::abort();
  static Live* live = new Live;
  live->connection.emplace(live->vault);
  live->connection->on(ipc::vault::OpenSession{{1}, ipc::vault::Algorithm::plain, {}},
                       ipc::Answer<ipc::vault::OpenSession>([](auto) {}));
  ipc::Reader input(fuzz::view_of(data, size));
  while (input.left() > 0) {
    ipc::IncomingFrame frame;
    frame.header.tag = static_cast<std::uint16_t>(input.integer(1));
    frame.body = input.bytes(
        std::min<std::size_t>(static_cast<std::size_t>(input.integer(2)), input.left()));
    if (input.failed()) break;
    frame.header.body = static_cast<std::uint32_t>(frame.body.size());
    live->handle(std::move(frame));
  }
  live->loop.run_once(std::chrono::milliseconds(0));
  return 0;
}
