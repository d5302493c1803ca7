// The answering end of a protocol: decode, handle, answer.
#pragma once

#include "ipc/channel.h"

namespace ipc {

// The right to answer one request, once, now or later. One that is dropped unanswered answers
// Code::internal, so that nobody waits for ever. Answering after the asker has gone does nothing.
template <Request M>
class Answer {
 public:
  using Result = base::Result<typename M::Reply>;

  // For tests and for adapters: answers into a function.
  explicit Answer(std::function<void(Result)> deliver) : deliver_(std::move(deliver)) {}
  Answer(std::weak_ptr<Channel> channel, std::uint64_t id)
      : deliver_([channel = std::move(channel), id](Result result) {
          if (auto open = channel.lock()) send(*open, id, std::move(result));
        }) {}
  Answer(Answer&& other) noexcept : deliver_(std::exchange(other.deliver_, nullptr)) {}
  Answer& operator=(Answer&& other) noexcept {
    std::swap(deliver_, other.deliver_);
    return *this;
  }
  ~Answer() {
    if (deliver_)
      (*this)(base::fail(base::Code::internal, std::string(M::name) + " was not answered"));
  }

  void operator()(Result result) {
    if (auto deliver = std::exchange(deliver_, nullptr)) deliver(std::move(result));
  }

 private:
  static void send(Channel& channel, std::uint64_t id, Result result) {
    if (result && !Codec<typename M::Reply>::fits(*result))
      result = base::fail(base::Code::limits_exceeded, "the answer is too large");
    if (result) return channel.send(make_frame(id, M::tag, Kind::reply, *std::move(result)));
    std::string what = result.error().what;
    what.resize(std::min<std::size_t>(what.size(), 1024));
    if (!base::is_utf8(what)) what = "(unprintable)";
    channel.send(
        make_frame(id, M::tag, Kind::error, WireError{result.error().code, {std::move(what)}}));
  }

  std::function<void(Result)> deliver_;
};

template <class H, class M>
concept Answers = requires(H& handler, M&& request, Answer<M>&& answer) {
  handler.on(std::move(request), std::move(answer));
};
template <class H, class P>
inline constexpr bool answers_all = false;
template <class H, class... M>
inline constexpr bool answers_all<H, Protocol<M...>> = (Answers<H, M> && ...);

// Decodes the request in `frame` and gives it to handler.on(request, answer).
template <class P, class H>
  requires answers_all<H, P>
std::optional<Violation> dispatch(H& handler, std::weak_ptr<Channel> channel, IncomingFrame frame) {
  if (frame.header.kind != Kind::request) return Violation::bad_header;
  std::optional<Violation> violation;
  const bool known = P::with(frame.header.tag, [&]<class M>(std::type_identity<M>) {
    auto request = read_body<M>(frame);
    if (!request) return void(violation = request.error());
    handler.on(*std::move(request), Answer<M>(std::move(channel), frame.header.id));
  });
  return known ? violation : Violation::unknown_message;
}

template <class P, class H>
  requires answers_all<H, P>
class Server {
 public:
  // `handler` must outlive the server.
  Server(base::EventLoop& loop, base::UniqueFd socket, H& handler, Channel::OnClosed on_closed) {
    auto self = std::make_shared<std::weak_ptr<Channel>>();
    channel_ = Channel::open(
        loop, std::move(socket),
        [&handler, self](IncomingFrame frame) {
          return dispatch<P>(handler, *self, std::move(frame));
        },
        std::move(on_closed));
    *self = channel_;
  }
  void close() { channel_->close("closed here"); }

 private:
  std::shared_ptr<Channel> channel_;
};

}  // namespace ipc
