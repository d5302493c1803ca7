#include "vault/record_stream.h"

namespace vault {
namespace {

using formats::Format;
using transfer::Kind;

constexpr std::size_t kScratch = 4096;
constexpr std::size_t kMostElse = std::size_t{128} << 10;  // of a message that is no record

base::Failure<base::Error> nonsense() {
  return base::fail(base::Code::invalid, "what coffer-formats sent makes no sense");
}

// An item as the record describes it; nothing when it is larger than an item may be.
std::optional<ItemDetails> details_of(transfer::RecordDetails record) {
  ItemDetails details;
  details.label.value = std::move(record.label.value);
  for (transfer::Attribute& attribute : record.attributes.items)
    details.attributes.items.push_back(
        {{std::move(attribute.name.value)}, {std::move(attribute.value.value)}});
  details.created = record.created;
  details.modified = record.modified;
  details.content_type = std::move(record.content_type);
  if (!ipc::Codec<ItemDetails>::fits(details)) return std::nullopt;
  return details;
}

}  // namespace

base::Result<RecordStream> RecordStream::make(Arena& arena, OnKeyWanted on_key_wanted,
                                              OnItem on_item) {
  auto scratch = SecretBytes::make(arena, kScratch);
  if (!scratch) return base::fail(scratch.error());
  return RecordStream(arena, std::move(on_key_wanted), std::move(on_item), *std::move(scratch));
}

base::MutableBytes RecordStream::room() {
  if (head_used_ < head_.size()) return base::MutableBytes(head_).subspan(head_used_);
  if (to_pass_ > 0) return scratch_.expose().first(std::min(to_pass_, scratch_.size()));
  return message_.expose().subspan(message_used_);
}

base::Outcome RecordStream::took(std::size_t size) {
  if (ended_) return nonsense();
  if (head_used_ < head_.size()) {
    head_used_ += size;
    return head_used_ < head_.size() ? base::Outcome(base::Ok{}) : on_head();
  }
  if (to_pass_ > 0) {
    to_pass_ -= size;
    if (to_pass_ == 0) begin_head();
    return base::Ok{};
  }
  message_used_ += size;
  if (message_used_ < message_.size()) return base::Ok{};
  const SecretBytes message = std::move(message_);
  begin_head();
  return on_message(message.expose());
}

void RecordStream::begin_head() {
  head_used_ = message_used_ = 0;
  message_ = SecretBytes();
}

base::Outcome RecordStream::on_head() {
  const auto head = transfer::read_head(head_);
  if (!head) return nonsense();
  if (head->size > kMost - total_)
    return base::fail(base::Code::limits_exceeded, "it is more than can be moved at once");
  total_ += head->size;
  kind_ = head->kind;
  if (kind_ != Kind::record && head->size > kMostElse) return nonsense();
  if (head->size > kMostKept) {
    if (!started_) return nonsense();
    to_pass_ = head->size;
    ++frames_, ++lost_;
    return base::Ok{};
  }
  if (head->size == 0) return begin_head(), on_message({});
  auto room = SecretBytes::make(*arena_, head->size);
  if (!room) return base::fail(room.error());
  message_ = *std::move(room);
  return base::Ok{};
}

base::Outcome RecordStream::on_message(base::ByteView message) {
  if (kind_ == Kind::failure) {
    const auto failure = ipc::decode<transfer::Failure>(message);
    if (!failure) return nonsense();
    // Its words may quote the file.
    const bool is_wrong = failure->code == base::Code::wrong_password;
    return base::fail(is_wrong ? base::Code::wrong_password : base::Code::damaged,
                      "the keyring cannot be read");
  }
  if (kind_ == Kind::key_wanted) return on_key_wanted(message);
  if (!started_) return kind_ == Kind::start ? on_start(message) : nonsense();
  switch (kind_) {
    case Kind::record:
      return on_record(message);
    case Kind::damage:
      if (!ipc::decode<transfer::Damage>(message)) return nonsense();
      ++frames_, ++lost_;
      return base::Ok{};
    case Kind::end:
      return on_end(message);
    default:
      return nonsense();
  }
}

base::Outcome RecordStream::on_key_wanted(base::ByteView message) {
  if (started_ || std::exchange(asked_, true)) return nonsense();
  auto wanted = ipc::decode<transfer::KeyWanted>(message);
  return wanted ? on_key_wanted_(*std::move(wanted)) : nonsense();
}

base::Outcome RecordStream::on_start(base::ByteView message) {
  const auto start = ipc::decode<transfer::Start>(message);
  if (!start || start->version != transfer::kVersion) return nonsense();
  if (start->format != Format::gnome_keyring_binary && start->format != Format::libsecret_file)
    return base::fail(base::Code::damaged, "no password locks it");
  started_ = true;
  return base::Ok{};
}

base::Outcome RecordStream::on_record(base::ByteView message) {
  auto record = transfer::view_record(message);
  if (!record) return nonsense();
  ++frames_;
  const auto details = details_of(std::move(record->details));
  if (!details || record->secret.size() > ipc::kMaxSecret) return ++lost_, base::Ok{};
  return on_item_(*details, record->secret);
}

base::Outcome RecordStream::on_end(base::ByteView message) {
  const auto end = ipc::decode<transfer::End>(message);
  if (!end || end->frames != frames_) return nonsense();
  ended_ = true;
  return base::Ok{};
}

}  // namespace vault
