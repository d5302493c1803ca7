// Feeds bytes to every decoder of a protocol. What is accepted must re-encode to exactly itself.
#pragma once

#include <fcntl.h>

#include <cstdlib>

#include "ipc/frame.h"

namespace fuzz {

template <class T>
void decode_canonically(base::ByteView body, std::size_t descriptors) {
  std::vector<base::UniqueFd> attached;
  for (std::size_t i = 0; i < descriptors; ++i)
    attached.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ipc::Reader reader(body, std::move(attached));
  T value{};
  ipc::Codec<T>::read(reader, value);
  reader.finish();
  if (reader.failed()) return;
  base::Bytes again(ipc::Codec<T>::size(value));
  ipc::Writer writer(again);
  ipc::Codec<T>::write(writer, value);
  const bool same = std::equal(again.begin(), again.end(), body.begin(), body.end());
  if (!same || writer.descriptors().size() != descriptors || !ipc::Codec<T>::fits(value))
    std::abort();
}

// Input: u16 tag | u8 (bit 0: the reply rather than the request; bit 1: with a descriptor) | body
template <class Protocol>
void decode_one(base::ByteView input) {
  ipc::Reader head(input);
  const auto tag = static_cast<std::uint16_t>(head.integer(2));
  const auto how = head.integer(1);
  if (head.failed()) return;
  const base::ByteView body = input.subspan(3);
  const std::size_t descriptors = (how & 2) ? 1 : 0;
  Protocol::with(tag, [&]<class M>(std::type_identity<M>) {
    if (how & 1)
      decode_canonically<typename M::Reply>(body, descriptors);
    else
      decode_canonically<M>(body, descriptors);
  });
}

inline base::ByteView view_of(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

}  // namespace fuzz
