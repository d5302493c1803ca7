#include "broker/identifier.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/log.h"
#include "broker/flatpak.h"
#include "broker/outside.h"
#include "ipc/codec.h"
#include "seccomp/sandbox.h"

namespace broker {
namespace {

constexpr std::size_t kMaxWaiting = 64;

struct Question {
  std::uint32_t pid = 0;       // who is it?
  ipc::Text<255> application;  // or, if not empty: who publishes it?
  static constexpr auto fields = std::tuple{&Question::pid, &Question::application};
};
constexpr std::size_t kMaxAnswer =
    std::max(ipc::Codec<Identity>::max_size, ipc::Codec<ipc::Installed>::max_size);

// The process's life: a question in, an answer out.
void serve(int socket) {
  if (!sandbox::close(sandbox::Role::identifier, {}, true)) return;
  std::array<std::byte, ipc::Codec<Question>::max_size> frame{};
  for (ssize_t got = 0; (got = ::read(socket, frame.data(), frame.size())) > 0;) {
    const auto question =
        ipc::decode<Question>(base::ByteView(frame).first(static_cast<std::size_t>(got)));
    if (!question) return;
    const std::string& application = question->application.value;
    const base::Bytes answer = application.empty() ? ipc::encode(identity_of(question->pid))
                                                   : ipc::encode(installed(application));
    if (::write(socket, answer.data(), answer.size()) < 0) return;
  }
}

}  // namespace

base::Result<base::UniqueFd> Identifier::start() { return start_outside("coffer-identify", serve); }

Identifier::Identifier(base::EventLoop& loop, base::UniqueFd socket)
    : loop_(loop), socket_(std::move(socket)) {
  if (auto watched = loop_.watch(socket_.get(), EPOLLIN, [this](std::uint32_t) { on_answer(); });
      !watched)
    socket_ = {};
}

Identifier::~Identifier() {
  if (socket_.valid()) loop_.unwatch(socket_.get());
}

void Identifier::ask(std::uint32_t pid, Done done) {
  send(pid, {}, [done = std::move(done)](base::ByteView answer) {
    const auto identity = ipc::decode<Identity>(answer);
    done(identity ? *identity : Identity{});
  });
}

void Identifier::ask_publisher(const std::string& application, Published done) {
  send(0, application, [done = std::move(done)](base::ByteView answer) {
    const auto found = ipc::decode<ipc::Installed>(answer);
    done(found ? *found : ipc::Installed{});
  });
}

void Identifier::send(std::uint32_t pid, const std::string& application, Answered answered) {
  const base::Bytes question = ipc::encode(Question{pid, {application}});
  if (!socket_.valid() || waiting_.size() >= kMaxWaiting ||
      ::send(socket_.get(), question.data(), question.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    return loop_.defer([answered = std::move(answered)] { answered({}); });
  waiting_.push_back(std::move(answered));
}

void Identifier::on_answer() {
  base::Bytes answer(kMaxAnswer);
  const ssize_t got = ::recv(socket_.get(), answer.data(), answer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    base::log::warning("the process that says what clients are called has ended");
    loop_.unwatch(socket_.get());
    socket_ = {};
    for (const Answered& answered : std::exchange(waiting_, {})) answered({});
    return;
  }
  if (waiting_.empty()) return;
  const Answered answered = std::move(waiting_.front());
  waiting_.pop_front();
  answered(base::ByteView(answer).first(static_cast<std::size_t>(got)));
}

}  // namespace broker
