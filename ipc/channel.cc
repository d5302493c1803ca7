#include "ipc/channel.h"

#include <strings.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace ipc {
namespace {

constexpr std::size_t kReadAtLeast = 16 * 1024;
constexpr std::size_t kReadAtMost = 512 * 1024;  // a length alone makes nobody allocate more
constexpr int kReadsInARow = 8;                  // then others have their turn
constexpr std::size_t kKeepBuffer = 256 * 1024;  // a larger input buffer is given back when empty
constexpr std::size_t kMaxQueuedDescriptors = 16;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// Takes every descriptor out of a received control message; false when some were cut off.
bool take_descriptors(msghdr& message, std::vector<base::UniqueFd>& into) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
      into.emplace_back(fd);
    }
  }
  return (message.msg_flags & MSG_CTRUNC) == 0;
}

}  // namespace

const char* name_of(Violation violation) {
  switch (violation) {
    case Violation::truncated:
      return "a truncated message";
    case Violation::trailing_bytes:
      return "bytes after the end of a message";
    case Violation::bad_value:
      return "a value that does not exist";
    case Violation::too_long:
      return "a field that is too long";
    case Violation::missing_descriptor:
      return "a missing descriptor";
    case Violation::stray_descriptor:
      return "a descriptor nobody asked for";
    case Violation::unknown_message:
      return "an unknown message";
    case Violation::bad_header:
      return "a malformed frame header";
  }
  return "an unknown violation";
}

std::shared_ptr<Channel> Channel::open(base::EventLoop& loop, base::UniqueFd socket,
                                       OnFrame on_frame, OnClosed on_closed) {
  std::shared_ptr<Channel> channel(
      new Channel(loop, std::move(socket), std::move(on_frame), std::move(on_closed)));
  if (!channel->socket_.valid()) return channel;
  channel->interest_ = EPOLLIN;
  auto watched = loop.watch(channel->socket_.get(), EPOLLIN,
                            [weak = std::weak_ptr(channel)](std::uint32_t events) {
                              if (auto self = weak.lock()) self->on_events(events);
                            });
  if (!watched) {
    loop.defer([channel, what = watched.error().what] { channel->close(what); });
  }
  return channel;
}

Channel::Channel(base::EventLoop& loop, base::UniqueFd socket, OnFrame on_frame, OnClosed on_closed)
    : loop_(loop),
      socket_(std::move(socket)),
      on_frame_(std::move(on_frame)),
      on_closed_(std::move(on_closed)) {}

Channel::~Channel() {
  if (socket_.valid()) loop_.unwatch(socket_.get());
}

void Channel::close(std::string reason) {
  if (!socket_.valid()) return;
  const auto self = shared_from_this();
  loop_.unwatch(socket_.get());
  socket_ = base::UniqueFd();
  output_.clear();
  descriptors_.clear();
  if (const auto closed = std::exchange(on_closed_, nullptr)) closed(std::move(reason));
}

void Channel::on_events(std::uint32_t events) {
  if (events & EPOLLOUT) flush();
  // A hang-up is reported after what was still readable has been read.
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive_what_waits();
  if (socket_.valid()) update_interest();
}

// What has come together is handled together: the store's writes then share a commit.
void Channel::receive_what_waits() {
  for (int reads = 0; reads < kReadsInARow; ++reads) {
    if (!socket_.valid() || !receive_some()) return;
    const bool filled = input_used_ == input_.size();
    handle_frames();
    if (!filled || output_size_ > kHighWater) return;
  }
}

// One read; false when there is nothing to handle or the channel was closed.
bool Channel::receive_some() {
  std::size_t want = kReadAtLeast;
  if (input_used_ >= kHeaderSize) {
    Header header;
    Reader reader(base::ByteView(input_).first(kHeaderSize));
    Codec<Header>::read(reader, header);  // was found good by handle_frames
    want = std::clamp(kHeaderSize + header.body - input_used_, want, kReadAtMost);
  }
  if (input_.size() < input_used_ + want) input_.resize(input_used_ + want);

  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxQueuedDescriptors)];
  iovec vector{input_.data() + input_used_, input_.size() - input_used_};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0 && would_block(errno)) return false;
  if (got <= 0) return close(got == 0 ? "the other side is gone" : "the connection failed"), false;
  input_used_ += static_cast<std::size_t>(got);
  if (!take_descriptors(message, descriptors_) || descriptors_.size() > kMaxQueuedDescriptors)
    return close(name_of(Violation::stray_descriptor)), false;
  return true;
}

void Channel::handle_frames() {
  const auto self = shared_from_this();
  std::size_t at = 0;
  std::optional<Violation> violation;
  while (!violation && input_used_ - at >= kHeaderSize) {
    const base::ByteView rest = base::ByteView(input_).subspan(at, input_used_ - at);
    IncomingFrame frame;
    Reader reader(rest.first(kHeaderSize));
    Codec<Header>::read(reader, frame.header);
    if (reader.failed()) violation = reader.why();
    if (frame.header.body > kMaxBody) violation = Violation::too_long;
    if (frame.header.descriptors > kMaxDescriptors) violation = Violation::stray_descriptor;
    if (violation || rest.size() < kHeaderSize + frame.header.body) break;

    frame.body = rest.subspan(kHeaderSize, frame.header.body);
    for (int i = 0; i < frame.header.descriptors && !descriptors_.empty(); ++i) {
      frame.descriptors.push_back(std::move(descriptors_.front()));
      descriptors_.erase(descriptors_.begin());
    }
    at += kHeaderSize + frame.header.body;
    violation = on_frame_(std::move(frame));
    if (!socket_.valid()) return;
  }
  // Frames carry labels, and plain sessions' secrets: nothing stays in the buffer.
  std::memmove(input_.data(), input_.data() + at, input_used_ - at);
  ::explicit_bzero(input_.data() + (input_used_ - at), at);
  input_used_ -= at;
  if (input_used_ == 0 && input_.size() > kKeepBuffer) input_ = base::Bytes();
  if (input_used_ == 0 && !descriptors_.empty()) violation = Violation::stray_descriptor;
  if (violation) close(std::string("the other side sent ") + name_of(*violation));
}

void Channel::send(OutgoingFrame frame) {
  if (!socket_.valid()) return;
  output_size_ += frame.bytes.size();
  output_.push_back(std::move(frame));
  if (output_.size() == 1) flush();
  update_interest();
}

void Channel::flush() {
  while (!output_.empty() && send_some()) {
  }
}

// One write; false when the socket takes no more for now.
bool Channel::send_some() {
  OutgoingFrame& frame = output_.front();
  iovec vector{frame.bytes.data() + output_sent_, frame.bytes.size() - output_sent_};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  if (output_sent_ == 0 && !frame.descriptors.empty()) {
    const std::size_t size = frame.descriptors.size() * sizeof(int);
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(c), frame.descriptors.data(), size);
  }
  const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    // The reader's side notices a dead peer too; closing from here would surprise a caller of send.
    if (!would_block(errno))
      loop_.defer([weak = weak_from_this()] {
        if (auto self = weak.lock()) self->close("the connection failed");
      });
    return false;
  }
  output_sent_ += static_cast<std::size_t>(sent);
  if (output_sent_ == frame.bytes.size()) {
    output_size_ -= frame.bytes.size();
    output_.pop_front();
    output_sent_ = 0;
  }
  return true;
}

void Channel::update_interest() {
  const std::uint32_t wanted = (output_size_ <= kHighWater ? std::uint32_t{EPOLLIN} : 0) |
                               (output_.empty() ? 0 : std::uint32_t{EPOLLOUT});
  if (wanted == interest_) return;
  interest_ = wanted;
  loop_.change(socket_.get(), wanted);
}

base::Result<std::pair<base::UniqueFd, base::UniqueFd>> make_socketpair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
    return base::system_failure(errno, "cannot make a socket pair");
  return std::pair{base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

}  // namespace ipc
