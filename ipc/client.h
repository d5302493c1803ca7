// The asking end of a protocol.
#pragma once

#include <unordered_map>

#include "ipc/channel.h"

namespace ipc {

template <class P>
class Client {
 public:
  template <class M>
  using Done = std::function<void(base::Result<typename M::Reply>)>;

  // `on_closed` runs once, when the other side is gone or has broken the protocol, after every
  // unanswered call was completed with Code::unavailable.
  Client(base::EventLoop& loop, base::UniqueFd socket, Channel::OnClosed on_closed)
      : channel_(Channel::open(
            loop, std::move(socket),
            [this](IncomingFrame frame) { return on_frame(std::move(frame)); },
            [this, closed = std::move(on_closed)](std::string reason) {
              fail_all(reason);
              closed(std::move(reason));
            })) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `done` is called exactly once, never from inside call() when the request was sent. A request
  // that breaks its own bounds is not sent and completes with Code::limits_exceeded.
  template <Request M>
  void call(M request, Done<M> done) {
    if (!Codec<M>::fits(request))
      return done(base::fail(base::Code::limits_exceeded, "too large, too many or not UTF-8"));
    if (!channel_->is_open())
      return done(base::fail(base::Code::unavailable, "the other process is gone"));
    const std::uint64_t id = ++last_id_;
    pending_.emplace(id, Pending{M::tag, [done = std::move(done)](IncomingFrame* frame,
                                                                  const base::Error& error) {
                                   return complete<M>(done, frame, error);
                                 }});
    channel_->send(make_frame(id, M::tag, Kind::request, std::move(request)));
  }

  bool is_open() const { return channel_->is_open(); }
  std::size_t unanswered() const { return pending_.size(); }
  void close() { channel_->close("closed here"); }

 private:
  // A null frame means that no answer will come, because of `error`.
  using Complete =
      std::function<std::optional<Violation>(IncomingFrame*, const base::Error& error)>;
  struct Pending {
    std::uint16_t tag;
    Complete complete;
  };

  template <class M>
  static std::optional<Violation> complete(const Done<M>& done, IncomingFrame* frame,
                                           const base::Error& error) {
    if (!frame) return done(base::fail(error)), std::nullopt;
    if (frame->header.kind == Kind::error) {
      auto wire = read_body<WireError>(*frame);
      if (!wire)
        return done(base::fail(base::Code::unavailable, "a malformed answer")), wire.error();
      return done(base::fail(wire->code, std::move(wire->what.value))), std::nullopt;
    }
    auto reply = read_body<typename M::Reply>(*frame);
    if (!reply)
      return done(base::fail(base::Code::unavailable, "a malformed answer")), reply.error();
    return done(*std::move(reply)), std::nullopt;
  }

  std::optional<Violation> on_frame(IncomingFrame frame) {
    if (frame.header.kind == Kind::request) return Violation::bad_header;
    auto at = pending_.find(frame.header.id);
    if (at == pending_.end() || at->second.tag != frame.header.tag) return Violation::bad_header;
    const Complete complete = std::move(at->second.complete);
    pending_.erase(at);
    return complete(&frame, {});
  }

  void fail_all(const std::string& reason) {
    const auto pending = std::exchange(pending_, {});
    for (const auto& [id, call] : pending)
      call.complete(nullptr, base::Error{base::Code::unavailable, reason});
  }

  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::shared_ptr<Channel> channel_;
};

}  // namespace ipc
