// Messages on a pipe. A frame is a u32 length (little-endian), and a body of that length: a byte
// for the message's Kind, and its encoding (see ipc/codec.h).
#pragma once

#include "base/result.h"
#include "ipc/codec.h"
#include "transfer/messages.h"

namespace transfer {

// A frame's body at its longest: a record's.
inline constexpr std::size_t kMaxBody = 1 + ipc::Codec<Record>::max_size;
// The length and the kind, in front of a message.
inline constexpr std::size_t kFrameHead = 5;

// What a frame's head says: its message's kind and size. Nothing for what no frame has.
struct Head {
  Kind kind;
  std::size_t size;
};
std::optional<Head> read_head(std::span<const std::byte, kFrameHead> bytes);

// Writes all of `bytes`. Fails with Code::io when nobody reads them: the caller ignores SIGPIPE, or
// wants to end by it.
base::Outcome write_all(int fd, base::ByteView bytes);

base::Bytes frame_of(Kind kind, base::ByteView message);
base::Outcome write_frame(int fd, Kind kind, base::ByteView message);

// Fails with Code::limits_exceeded when a field of `message` is longer than its bound.
template <class T>
base::Outcome send(int fd, const T& message) {
  if (!ipc::Codec<T>::fits(message))
    return base::fail(base::Code::limits_exceeded, "it is longer than can be moved");
  return write_frame(fd, T::kind, ipc::encode(message));
}

struct Frame {
  Kind kind;
  base::Bytes message;
};

// Reads the next frame. Code::damaged when the pipe ends, within a frame or before it, or when the
// frame makes no sense.
base::Result<Frame> receive_frame(int fd);

base::Failure<base::Error> malformed();
base::Failure<base::Error> other_version();

// The message of a frame that must be of this kind. A Failure in its place becomes the error.
template <class T>
base::Result<T> expect(const Frame& frame) {
  if (frame.kind == Kind::failure) {
    auto failure = ipc::decode<Failure>(frame.message);
    if (!failure) return malformed();
    return base::fail(failure->code, std::move(failure->why.value));
  }
  auto message = frame.kind == T::kind ? ipc::decode<T>(frame.message) : std::nullopt;
  if (!message) return malformed();
  return *std::move(message);
}

template <class T>
base::Result<T> receive(int fd) {
  auto frame = receive_frame(fd);
  if (!frame) return base::fail(frame.error());
  return expect<T>(*frame);
}

}  // namespace transfer
