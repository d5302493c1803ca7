#include "transfer/frames.h"

#include <unistd.h>

#include <cerrno>

namespace transfer {
namespace {

// Fewer bytes than asked for when the pipe ends.
base::Result<std::size_t> read_all(int fd, base::MutableBytes room) {
  std::size_t used = 0;
  while (used < room.size()) {
    const ssize_t got = ::read(fd, room.data() + used, room.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::system_failure(errno, "a pipe cannot be read");
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  return used;
}

bool is_kind(std::byte value) {
  return value >= std::byte{static_cast<std::uint8_t>(Kind::request)} &&
         value <= std::byte{static_cast<std::uint8_t>(Kind::key)};
}

}  // namespace

base::Failure<base::Error> malformed() {
  return base::fail(base::Code::damaged, "what the other program sent makes no sense");
}

base::Failure<base::Error> other_version() {
  return base::fail(base::Code::not_supported, "coffer and coffer-formats are not of one version");
}

base::Outcome write_all(int fd, base::ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return base::system_failure(errno, "a pipe cannot be written to");
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return base::Ok{};
}

std::optional<Head> read_head(std::span<const std::byte, kFrameHead> bytes) {
  const auto size = static_cast<std::size_t>(ipc::Reader(bytes).integer(4));
  if (size == 0 || size > kMaxBody || !is_kind(bytes[4])) return std::nullopt;
  return Head{static_cast<Kind>(bytes[4]), size - 1};
}

base::Bytes frame_of(Kind kind, base::ByteView message) {
  base::Bytes frame(kFrameHead + message.size());
  ipc::Writer out(frame);
  out.integer(1 + message.size(), 4);
  out.integer(static_cast<std::uint8_t>(kind), 1);
  out.bytes(message);
  return frame;
}

base::Outcome write_frame(int fd, Kind kind, base::ByteView message) {
  return write_all(fd, frame_of(kind, message));
}

base::Result<Frame> receive_frame(int fd) {
  std::array<std::byte, kFrameHead> bytes{};
  auto got = read_all(fd, bytes);
  if (!got) return base::fail(got.error());
  if (*got < bytes.size())
    return base::fail(base::Code::damaged, "the other program ended too early");
  const auto head = read_head(bytes);
  if (!head) return malformed();
  Frame frame{head->kind, base::Bytes(head->size)};
  got = read_all(fd, frame.message);
  if (!got) return base::fail(got.error());
  if (*got < frame.message.size())
    return base::fail(base::Code::damaged, "the other program ended too early");
  return frame;
}

}  // namespace transfer
