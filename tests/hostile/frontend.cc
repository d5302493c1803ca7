// A frontend that was taken over: in the real one's sandbox, with the real one's connections, it
// asks the vault for what no client may have, and sends it what is no request. It says of each
// attempt, on standard error, whether the vault stood it; then it waits for the end.
//
// The vault has a locked collection `login`; the session collection is open to everybody.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "ipc/client.h"
#include "ipc/control_protocol.h"
#include "ipc/vault_protocol.h"
#include "seccomp/sandbox.h"

namespace {

namespace wire = ipc::vault;
using Broker = ipc::Client<ipc::control::Protocol>;
using Vault = ipc::Client<wire::Protocol>;
using base::Code;

constexpr wire::ClientId kClient{1};
constexpr wire::ClientId kOther{2};
constexpr std::chrono::seconds kPatience{20};

class Attacker {
 public:
  Attacker(base::EventLoop& loop, Broker& broker) : loop_(loop), broker_(broker) {}

  void connect() {
    std::optional<base::UniqueFd> socket;
    broker_.call(ipc::control::AwaitVault{}, [&](auto reply) {
      socket.emplace(reply ? std::move(reply->vault.value) : base::UniqueFd());
    });
    run_until([&] { return socket.has_value(); });
    raw_ = socket->get();
    ended_ = false;
    vault_ =
        std::make_unique<Vault>(loop_, std::move(*socket), [this](std::string) { ended_ = true; });
  }

  template <ipc::Request M>
  base::Result<typename M::Reply> ask(M request) {
    std::optional<base::Result<typename M::Reply>> answer;
    vault_->call(std::move(request), [&](auto reply) { answer.emplace(std::move(reply)); });
    run_until([&] { return answer.has_value(); });
    if (!answer) return base::fail(Code::internal, "no answer");
    return std::move(*answer);
  }

  void tell(std::string_view attempt, bool stood) {
    say(fmt::format("hostile: {}: {}\n", attempt, stood ? "stood" : "FELL"));
  }
  template <ipc::Request M>
  void expect(std::string_view attempt, M request, Code code) {
    const auto reply = ask(std::move(request));
    tell(attempt, !reply && reply.error().code == code && !ended_);
  }
  // Bytes that are no frame end the connection; the vault is there for the next.
  void expect_end(std::string_view attempt, base::ByteView bytes) {
    ::send(raw_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(raw_, SHUT_WR);
    run_until([&] { return ended_; });
    const bool ended = ended_;
    connect();
    tell(attempt, ended && ask(wire::AwaitChange{}));
  }

  bool is_still_there() {
    const auto begun = base::EventLoop::Clock::now();
    const bool answered = static_cast<bool>(ask(wire::AwaitChange{}));
    return answered && base::EventLoop::Clock::now() - begun < std::chrono::seconds(5);
  }
  static void say(const std::string& text) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  }
  template <class F>
  void run_until(F done) {
    const auto end = base::EventLoop::Clock::now() + kPatience;
    while (!done() && base::EventLoop::Clock::now() < end)
      loop_.run_once(std::chrono::milliseconds(100));
  }
  Vault& vault() { return *vault_; }

 private:
  base::EventLoop& loop_;
  Broker& broker_;
  std::unique_ptr<Vault> vault_;
  int raw_ = -1;
  bool ended_ = false;
};

wire::Secret secret(const std::string& text) {
  return {{}, {base::copy_of(base::bytes_of(text))}, {"text/plain"}};
}

void ask_for_what_is_not_ours(Attacker& attacker, wire::CollectionId login) {
  const auto session = attacker.ask(wire::OpenSession{kClient, wire::Algorithm::plain, {}});
  const auto others = attacker.ask(wire::OpenSession{kOther, wire::Algorithm::plain, {}});
  if (!session || !others) return attacker.tell("sessions", false);
  const wire::ItemId item{login, 1};
  attacker.expect("a secret of a locked collection",
                  wire::ReadSecret{kClient, session->session, item}, Code::locked);
  const auto read = attacker.ask(wire::ReadItem{item});
  attacker.tell("a label of a locked collection", read && read->locked &&
                                                      read->label.value.empty() &&
                                                      read->attributes.items.empty());
  attacker.expect("writing into a locked collection",
                  wire::CreateItem{kClient, session->session, login, {"x"}, {}, secret("x"), false},
                  Code::locked);
  attacker.expect("deleting in a locked collection", wire::DeleteItem{item}, Code::locked);
  attacker.expect("another client's session", wire::ReadSecret{kClient, others->session, item},
                  Code::no_such_session);
  attacker.expect("a session that nobody has", wire::ReadSecret{kClient, {~0ULL}, item},
                  Code::no_such_session);
  attacker.expect("an item that nobody has", wire::ReadItem{{login, ~0ULL}}, Code::no_such_item);
  attacker.expect("a collection that nobody has", wire::ListItems{{0xffffffff}},
                  Code::no_such_collection);
  attacker.expect("a password that nobody typed", wire::Unlock{login, {wire::PasswordId{7}}},
                  Code::invalid);
  attacker.expect("unlocking without a password", wire::Unlock{login, {}}, Code::locked);
  attacker.expect("changing a password without it",
                  wire::ChangePassword{login, {}, wire::PasswordId{7}}, Code::invalid);
}

void hand_over_descriptors(Attacker& attacker) {
  const auto copy_of = [](int fd) { return base::UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3)); };
  const int epoll = 5;  // whatever it is here: it cannot be read as a password
  // A null device, the log, and an end of our own connections, where a password belongs.
  for (const int fd : {STDIN_FILENO, STDERR_FILENO, epoll}) {
    attacker.vault().call(wire::ReadPassword{{copy_of(fd)}}, [](auto) {});
  }
  attacker.tell("descriptors of every kind", attacker.is_still_there());
}

void flood(Attacker& attacker, wire::CollectionId login) {
  int answered = 0;
  constexpr int kMany = 20'000;
  for (int i = 0; i < kMany; ++i)
    attacker.vault().call(wire::SearchItems{}, [&](auto) { ++answered; });
  attacker.run_until([&] { return answered == kMany; });
  attacker.tell("twenty thousand searches at once", answered == kMany && attacker.is_still_there());

  int refused = 0;
  constexpr int kParked = 1000;
  for (int i = 0; i < kParked; ++i)
    attacker.vault().call(wire::AwaitChange{attacker.ask(wire::AwaitChange{})->revision},
                          [&](auto reply) { refused += !reply; });
  attacker.tell("a thousand parked questions", attacker.is_still_there() && refused > 0);

  // Guesses of the password, as fast as they are taken.
  const auto session = attacker.ask(wire::OpenSession{kClient, wire::Algorithm::plain, {}});
  int wrong = 0, opened = 0;
  constexpr int kGuesses = 200;
  for (int i = 0; i < kGuesses; ++i) {
    const auto password = attacker.ask(
        wire::ReceivePassword{kClient, session->session, secret("guess " + std::to_string(i))});
    if (!password) continue;
    attacker.vault().call(wire::Unlock{login, {password->id}},
                          [&](auto reply) { ++(reply ? opened : wrong); });
  }
  attacker.tell("two hundred guesses of the password", attacker.is_still_there() && opened == 0);
}

void send_what_is_no_frame(Attacker& attacker) {
  const auto bytes = [](std::initializer_list<int> values) {
    base::Bytes out;
    for (const int value : values) out.push_back(static_cast<std::byte>(value));
    return out;
  };
  attacker.expect_end("rubbish", base::Bytes(4096, std::byte{0xa5}));
  attacker.expect_end("half a frame", bytes({16, 0, 0, 0, 1, 0, 0}));
  attacker.expect_end("a frame of four gigabytes",
                      bytes({255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0, 0, 10, 0, 1, 0}));
  attacker.expect_end("a frame that promises a descriptor and has none",
                      bytes({0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 41, 0, 1, 1}));
  attacker.expect_end("an unknown message",
                      bytes({0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 231, 3, 1, 0}));
}

}  // namespace

int main() {
  base::EventLoop loop;
  if (!sandbox::close(sandbox::Role::frontend)) return 1;
  Broker broker(loop, base::UniqueFd(3), [&](std::string) { loop.stop(); });
  Attacker attacker(loop, broker);
  attacker.connect();
  const auto state = attacker.ask(wire::AwaitChange{});
  std::optional<wire::CollectionId> login;
  for (const auto& info : state->collections.items)
    if (info.name.value == "login") login = info.id;
  if (!login) return 1;
  ask_for_what_is_not_ours(attacker, *login);
  hand_over_descriptors(attacker);
  send_what_is_no_frame(attacker);
  flood(attacker, *login);
  attacker.tell("everything", attacker.is_still_there());
  Attacker::say("hostile: done\n");
  loop.run();
  return 0;
}
