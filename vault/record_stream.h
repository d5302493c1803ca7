// What coffer-formats sends of a keyring, frame by frame (see transfer/messages.h), read into the
// arena. It does no input of its own, and believes nothing.
#pragma once

#include <functional>

#include "transfer/record_view.h"
#include "vault/records.h"
#include "vault/secret_bytes.h"

namespace vault {

class RecordStream {
 public:
  // One item; the view of its secret holds during the call. What it fails with ends the stream.
  using OnItem = std::function<base::Outcome(const ItemDetails&, base::ByteView secret)>;
  // The one key that may be asked for, before the first item. What it fails with ends the stream.
  using OnKeyWanted = std::function<base::Outcome(transfer::KeyWanted)>;

  // Bytes that a keyring may come as.
  static constexpr std::size_t kMost = std::size_t{256} << 20;
  // A message that is kept in the arena: the largest record that can become an item. A longer
  // record is passed over, and is lost.
  static constexpr std::size_t kMostKept = ipc::kMaxRecord;

  // Code::limits_exceeded when the arena has no room to begin with. `arena` outlives it.
  static base::Result<RecordStream> make(Arena& arena, OnKeyWanted on_key_wanted, OnItem on_item);

  // Where the next bytes belong: at least one, as many as are still of the same frame.
  base::MutableBytes room();
  // `size` bytes of room() were filled. Fails with
  //   Code::wrong_password  the helper says so
  //   Code::damaged         the helper cannot read the keyring, or no password locks it
  //   Code::invalid         what was sent makes no sense
  //   Code::limits_exceeded it is more than can be moved, or the arena is full
  // or with what on_item or on_key_wanted failed with. Nothing more is to be read then.
  base::Outcome took(std::size_t size);
  // All was read; nothing may follow.
  bool ended() const { return ended_; }

  std::uint64_t lost() const { return lost_; }

 private:
  RecordStream(Arena& arena, OnKeyWanted on_key_wanted, OnItem on_item, SecretBytes scratch)
      : arena_(&arena),
        on_key_wanted_(std::move(on_key_wanted)),
        on_item_(std::move(on_item)),
        scratch_(std::move(scratch)) {}
  base::Outcome on_head();
  base::Outcome on_message(base::ByteView message);
  base::Outcome on_key_wanted(base::ByteView message);
  base::Outcome on_start(base::ByteView message);
  base::Outcome on_record(base::ByteView message);
  base::Outcome on_end(base::ByteView message);
  void begin_head();

  Arena* arena_;
  OnKeyWanted on_key_wanted_;
  OnItem on_item_;
  std::array<std::byte, transfer::kFrameHead> head_{};
  std::size_t head_used_ = 0;
  transfer::Kind kind_{};
  SecretBytes message_;
  std::size_t message_used_ = 0;
  SecretBytes scratch_;       // for what is passed over
  std::size_t to_pass_ = 0;   // bytes of this frame
  std::size_t total_ = 0;     // bytes, heads left out
  std::uint64_t frames_ = 0;  // since the Start
  std::uint64_t lost_ = 0;
  bool asked_ = false;  // for the key
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace vault
