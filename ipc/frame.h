// Frames: what a stream socket between two of our processes carries.
//
//   u32 body length | u64 id | u16 tag | u8 kind | u8 descriptors | body
//
// `id` is chosen by whoever asks and repeated in the answer. The length is checked before a byte
// of the body is stored.
#pragma once

#include <memory>

#include "base/result.h"
#include "ipc/protocol.h"

namespace ipc {

enum class Kind : std::uint8_t { request = 1, reply = 2, error = 3 };

struct Header {
  std::uint32_t body = 0;
  std::uint64_t id = 0;
  std::uint16_t tag = 0;
  Kind kind = Kind::request;
  std::uint8_t descriptors = 0;
  static constexpr auto fields =
      std::tuple{&Header::body, &Header::id, &Header::tag, &Header::kind, &Header::descriptors};
};

}  // namespace ipc
template <>
inline constexpr std::array ipc::kEnumerators<ipc::Kind> = {ipc::Kind::request, ipc::Kind::reply,
                                                            ipc::Kind::error};
namespace ipc {

inline constexpr std::size_t kHeaderSize = Codec<Header>::max_size;

// A whole frame on its way out. `keep` owns the descriptors until they have left.
struct OutgoingFrame {
  base::Bytes bytes;
  std::vector<int> descriptors;
  std::shared_ptr<void> keep;
};

// A whole frame that came in. `body` is valid until the handler returns.
struct IncomingFrame {
  Header header;
  base::ByteView body;
  std::vector<base::UniqueFd> descriptors;
};

// Encodes `message`, which must fit its bounds (see Codec::fits).
template <Struct T>
OutgoingFrame make_frame(std::uint64_t id, std::uint16_t tag, Kind kind, T message) {
  OutgoingFrame frame;
  const std::size_t body = Codec<T>::size(message);
  frame.bytes.resize(kHeaderSize + body);
  Writer writer(base::MutableBytes(frame.bytes).subspan(kHeaderSize));
  Codec<T>::write(writer, message);
  frame.descriptors = writer.descriptors();
  Writer head(frame.bytes);
  Codec<Header>::write(head, Header{static_cast<std::uint32_t>(body), id, tag, kind,
                                    static_cast<std::uint8_t>(frame.descriptors.size())});
  if (!frame.descriptors.empty()) frame.keep = std::make_shared<T>(std::move(message));
  return frame;
}

// Decodes a frame's body as a T, all of it, descriptors included.
template <Struct T>
base::Result<T, Violation> read_body(IncomingFrame& frame) {
  Reader reader(frame.body, std::move(frame.descriptors));
  T message{};
  Codec<T>::read(reader, message);
  reader.finish();
  if (reader.failed()) return base::Failure{reader.why()};
  return message;
}

}  // namespace ipc
