#include "transfer/document.h"

#include <algorithm>

#include "transfer/record_view.h"

namespace transfer {
namespace {

base::Failure<base::Error> too_much() {
  return base::fail(base::Code::limits_exceeded, "it is more than can be moved at once");
}

base::Result<Start> receive_start(int fd) {
  auto start = receive<Start>(fd);
  if (start && start->version != kVersion) return other_version();
  return start;
}

base::Outcome check_end(const Frame& frame, std::uint64_t frames) {
  auto end = expect<End>(frame);
  if (!end) return base::fail(end.error());
  if (end->frames != frames) return malformed();
  return base::Ok{};
}

base::Outcome add_record(Document& document, const Frame& frame) {
  auto record = expect<Record>(frame);
  if (!record) return base::fail(record.error());
  if (!is_ascending(record->attributes)) return malformed();
  document.records.push_back(*std::move(record));
  return base::Ok{};
}

base::Outcome add_damage(Document& document, const Frame& frame) {
  auto damage = expect<Damage>(frame);
  if (!damage) return base::fail(damage.error());
  document.damages.push_back(*std::move(damage));
  return base::Ok{};
}

}  // namespace

base::Outcome Room::take(std::size_t bytes) {
  if (bytes > left_) return too_much();
  left_ -= bytes;
  return base::Ok{};
}

base::Outcome send_document(int fd, const Document& document) {
  Sender sender(fd);
  if (auto sent = sender.start(document.start); !sent) return sent;
  for (const Record& record : document.records)
    if (auto sent = sender.add(record); !sent) return sent;
  for (const Damage& damage : document.damages)
    if (auto sent = sender.add(damage); !sent) return sent;
  return sender.end();
}

base::Result<Document> receive_document(int fd) {
  Room room;
  return receive_document(fd, room);
}

base::Result<Document> receive_document(int fd, Room& room) {
  auto start = receive_start(fd);
  if (!start) return base::fail(start.error());
  Document document{*std::move(start), {}, {}};
  for (std::uint64_t frames = 0;; ++frames) {
    auto frame = receive_frame(fd);
    if (!frame) return base::fail(frame.error());
    const bool goes_on = frame->kind == Kind::record || frame->kind == Kind::damage;
    if (!goes_on) {
      if (auto ended = check_end(*frame, frames); !ended) return base::fail(ended.error());
      return document;
    }
    if (frames == kMaxRecords) return too_much();
    if (auto counted = room.take(frame->message.size()); !counted)
      return base::fail(counted.error());
    auto added =
        frame->kind == Kind::record ? add_record(document, *frame) : add_damage(document, *frame);
    if (!added) return base::fail(added.error());
  }
}

base::Outcome send_content(int fd, const Start& start, base::ByteView content) {
  Sender sender(fd);
  if (auto sent = sender.start(start); !sent) return sent;
  while (!content.empty()) {
    const base::ByteView piece = content.first(std::min(content.size(), kMaxChunk));
    if (auto sent = sender.add(Chunk{{base::copy_of(piece)}}); !sent) return sent;
    content = content.subspan(piece.size());
  }
  return sender.end();
}

base::Result<base::Bytes> receive_content(int fd) {
  if (auto start = receive_start(fd); !start) return base::fail(start.error());
  base::Bytes content;
  for (std::uint64_t frames = 0;; ++frames) {
    auto frame = receive_frame(fd);
    if (!frame) return base::fail(frame.error());
    if (frame->kind != Kind::chunk) {
      if (auto ended = check_end(*frame, frames); !ended) return base::fail(ended.error());
      return content;
    }
    if (frames == kMaxFile) return too_much();
    auto chunk = expect<Chunk>(*frame);
    if (!chunk) return base::fail(chunk.error());
    if (chunk->bytes.value.size() > kMaxFile - content.size()) return too_much();
    content.insert(content.end(), chunk->bytes.value.begin(), chunk->bytes.value.end());
  }
}

}  // namespace transfer
