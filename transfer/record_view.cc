#include "transfer/record_view.h"

#include <algorithm>

namespace transfer {
bool is_ascending(const ipc::List<Attribute, kMaxAttributes, kMaxAttributesSize>& attributes) {
  const auto& items = attributes.items;
  return std::adjacent_find(items.begin(), items.end(), [](const auto& one, const auto& next) {
           return one.name.value >= next.name.value;
         }) == items.end();
}

std::optional<RecordView> view_record(base::ByteView message) {
  ipc::Reader reader(message);
  RecordView view;
  ipc::Codec<RecordDetails>::read(reader, view.details);
  view.secret = reader.counted_bytes(kMaxSecret);
  reader.finish();
  if (reader.failed() || !is_ascending(view.details.attributes)) return std::nullopt;
  return view;
}

std::size_t size_of_key_frame(base::ByteView key) { return kFrameHead + 4 + key.size(); }

void write_key_frame(base::MutableBytes frame, base::ByteView key) {
  ipc::Writer out(frame);
  out.integer(1 + 4 + key.size(), 4);
  out.integer(static_cast<std::uint8_t>(Kind::key), 1);
  out.integer(key.size(), 4);
  out.bytes(key);
}

}  // namespace transfer
