// For a process that keeps secrets in memory of its own kind: a Key written and a Record read in
// place, without a copy of what is secret in them.
#pragma once

#include "transfer/frames.h"

namespace transfer {

// A Record but for its secret, which is the last of its fields.
struct RecordDetails {
  ipc::Text<kMaxLabel> label;
  ipc::List<Attribute, kMaxAttributes, kMaxAttributesSize> attributes;
  std::uint64_t created = 0;
  std::uint64_t modified = 0;
  ipc::Text<256> content_type;
  static constexpr auto fields =
      std::tuple{&RecordDetails::label, &RecordDetails::attributes, &RecordDetails::created,
                 &RecordDetails::modified, &RecordDetails::content_type};
};

struct RecordView {
  RecordDetails details;
  base::ByteView secret;  // within the message
};

// The Record that a frame's message is; nothing when decode() would have none, or when its
// attributes are in no order.
std::optional<RecordView> view_record(base::ByteView message);

// Whether the attributes are strictly ascending by name, as a Record's must be.
bool is_ascending(const ipc::List<Attribute, kMaxAttributes, kMaxAttributesSize>& attributes);

// The frame of a Key. `frame` is as large as size_of_key_frame() says.
std::size_t size_of_key_frame(base::ByteView key);
void write_key_frame(base::MutableBytes frame, base::ByteView key);

}  // namespace transfer
