#include "formats/helper/conversion.h"

#include <utility>

#include "formats/text.h"

namespace formats::helper {
namespace {

// `text` as far as it fits, without half a character at its end.
template <std::size_t Max>
ipc::Text<Max> cut(std::string text) {
  if (text.size() > Max) text.resize(Max);
  while (!text.empty() && !base::is_utf8(text)) text.pop_back();
  return {std::move(text)};
}

transfer::Record travelling(const Record& record) {
  transfer::Record out;
  out.label.value = record.label;
  for (const auto& [name, value] : record.attributes)
    out.attributes.items.push_back({{name}, {value}});
  out.created = record.created;
  out.modified = record.modified;
  out.content_type.value = record.content_type;
  out.secret.value = base::copy_of(record.secret);
  return out;
}

transfer::Damage travelling(Damage damage) {
  transfer::Damage out;
  out.item.value = damage.item;
  out.what = cut<256>(std::move(damage.what));
  out.why = cut<1024>(std::move(damage.why));
  return out;
}

Record received(transfer::Record record) {
  Record out;
  out.label = std::move(record.label.value);
  for (transfer::Attribute& attribute : record.attributes.items)
    out.attributes.emplace(std::move(attribute.name.value), std::move(attribute.value.value));
  out.created = record.created;
  out.modified = record.modified;
  out.content_type = std::move(record.content_type.value);
  out.secret = secret_of(record.secret.value);
  return out;
}

}  // namespace

base::Outcome send(int fd, Format format, Document document) {
  transfer::Sender sender(fd);
  transfer::Start start;
  start.format = format;
  start.label = cut<transfer::kMaxLabel>(repaired(document.label));
  start.created = document.created;
  start.modified = document.modified;
  if (auto sent = sender.start(start); !sent) return sent;
  for (const Record& record : document.records) {
    auto sent = sender.add(travelling(record));
    if (sent) continue;
    if (sent.error().code != base::Code::limits_exceeded) return sent;
    document.damages.push_back({std::nullopt, "\"" + record.label + "\"", "is too large"});
  }
  for (Damage& damage : document.damages)
    if (auto sent = sender.add(travelling(std::move(damage))); !sent) return sent;
  return sender.end();
}

Document received(transfer::Document document) {
  Document out;
  out.label = std::move(document.start.label.value);
  out.created = document.start.created;
  out.modified = document.start.modified;
  for (transfer::Record& record : document.records)
    out.records.push_back(received(std::move(record)));
  return out;
}

}  // namespace formats::helper
