// One end of a socket between two of our processes: whole frames in, whole frames out.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "base/event_loop.h"
#include "ipc/frame.h"

namespace ipc {

// Trusts nothing that it reads: the first malformed header, surplus descriptor or refused frame
// closes the connection, once, with the reason. Owned by a shared_ptr so that answers that come
// late find out whether anybody is still there.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  // Says whether the frame was acceptable.
  using OnFrame = std::function<std::optional<Violation>(IncomingFrame)>;
  // The channel is dead; the reason is for the log.
  using OnClosed = std::function<void(std::string reason)>;

  // Above this many unsent bytes the channel stops reading: a peer that does not take its answers
  // gets no more questions in.
  static constexpr std::size_t kHighWater = 32 * 1024 * 1024;

  static std::shared_ptr<Channel> open(base::EventLoop& loop, base::UniqueFd socket,
                                       OnFrame on_frame, OnClosed on_closed);
  ~Channel();

  // Never blocks: what the socket does not take now is sent when it does.
  void send(OutgoingFrame frame);
  void close(std::string reason);
  bool is_open() const { return socket_.valid(); }

 private:
  Channel(base::EventLoop& loop, base::UniqueFd socket, OnFrame on_frame, OnClosed on_closed);
  void on_events(std::uint32_t events);
  void receive_what_waits();
  bool receive_some();
  void handle_frames();
  void flush();
  bool send_some();
  void update_interest();

  base::EventLoop& loop_;
  base::UniqueFd socket_;
  OnFrame on_frame_;
  OnClosed on_closed_;

  base::Bytes input_;
  std::size_t input_used_ = 0;  // bytes of input_ that are filled
  std::vector<base::UniqueFd> descriptors_;

  std::deque<OutgoingFrame> output_;
  std::size_t output_sent_ = 0;  // of the first frame
  std::size_t output_size_ = 0;  // of all frames
  std::uint32_t interest_ = 0;
};

// Two connected, non-blocking, close-on-exec sockets.
base::Result<std::pair<base::UniqueFd, base::UniqueFd>> make_socketpair();

}  // namespace ipc
