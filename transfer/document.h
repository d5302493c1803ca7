// A document on a pipe: all its records, or a reason why not.
#pragma once

#include "transfer/frames.h"

namespace transfer {

struct Document {
  Start start;
  std::vector<Record> records;
  std::vector<Damage> damages;
};

// Sends what is between a Start and an End, and the End that counts it.
class Sender {
 public:
  explicit Sender(int fd) : fd_(fd) {}

  base::Outcome start(const Start& start) { return send(fd_, start); }
  template <class T>
  base::Outcome add(const T& message) {
    auto sent = send(fd_, message);
    if (sent) ++frames_;
    return sent;
  }
  base::Outcome end() { return send(fd_, End{frames_}); }

 private:
  int fd_;
  std::uint64_t frames_ = 0;
};

base::Outcome send_document(int fd, const Document& document);

// How many bytes of frames may still come.
class Room {
 public:
  // Code::limits_exceeded when there is less.
  base::Outcome take(std::size_t bytes);

 private:
  std::size_t left_ = kMaxDocument;
};

// Reads a document to its End. Fails with the sender's Failure; with Code::damaged when anything is
// missing or makes no sense; Code::limits_exceeded when it is larger than kMaxDocument or
// kMaxRecords; Code::not_supported when the sender is of another version.
base::Result<Document> receive_document(int fd);
// One of several that share the room.
base::Result<Document> receive_document(int fd, Room& room);

// The same for a file's content: into chunks, and back together. `start` tells its format.
base::Outcome send_content(int fd, const Start& start, base::ByteView content);
base::Result<base::Bytes> receive_content(int fd);

}  // namespace transfer
