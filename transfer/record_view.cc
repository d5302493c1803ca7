#include "transfer/record_view.h"

#include <algorithm>

namespace transfer {
namespace {

// What is around the password, in its frame.
std::size_t size_of_message(base::ByteView password) {
  return ipc::Codec<Request>::size(Request{}) + password.size();
}

}  // namespace

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

std::size_t size_of_read_request(base::ByteView password) {
  return kFrameHead + size_of_message(password);
}

void write_read_request(base::MutableBytes frame, base::ByteView password) {
  ipc::Writer out(frame);
  out.integer(1 + size_of_message(password), 4);
  out.integer(static_cast<std::uint8_t>(Kind::request), 1);
  out.integer(kVersion, 4);
  out.integer(static_cast<std::uint8_t>(Operation::read), 1);
  out.integer(password.size(), 4);
  out.bytes(password);
  out.integer(0, 4);  // no salt
}

}  // namespace transfer
