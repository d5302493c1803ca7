#include "cli/moving/document.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/moving/progress.h"

namespace cli {
namespace {

constexpr std::size_t kAtOnce = 64;  // calls on their way to the provider

base::Result<transfer::Record> record_of(base::Result<Item> item,
                                         base::Result<SecretValue> secret) {
  if (!item) return base::fail(item.error());
  if (!secret) return base::fail(secret.error());
  transfer::Record record;
  record.label.value = std::move(item->label);
  for (const auto& [name, value] : item->attributes)
    record.attributes.items.push_back({{name}, {value}});
  record.created = item->created;
  record.modified = item->modified;
  record.content_type.value = std::move(secret->content_type);
  record.secret.value = base::copy_of(secret->bytes.view());
  return record;
}

base::Outcome add_records(SecretService& service, const std::vector<std::string>& paths,
                          transfer::Document& document) {
  auto items = service.items(paths);
  auto secrets = service.secrets(paths);
  if (!secrets) return base::fail(secrets.error());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    auto record = record_of(std::move(items[i]), std::move((*secrets)[i]));
    if (record)
      document.records.push_back(*std::move(record));
    else if (record.error().code != base::Code::no_such_item)
      return base::fail(record.error().code, fmt::format("{}: {}", paths[i], record.error().what));
  }
  return base::Ok{};
}

const char* word_for(formats::Format format) {
  switch (format) {
    case formats::Format::gnome_keyring_binary:
      return "gnome-keyring";
    case formats::Format::gnome_keyring_text:
      return "gnome-keyring-text";
    case formats::Format::libsecret_file:
      return "libsecret";
    case formats::Format::kwallet:
      return "kwallet";
    case formats::Format::json:
      return "json";
    case formats::Format::csv:
      return "csv";
    case formats::Format::coffer_backup:
      return "backup";
    case formats::Format::gnome_keyring_objects:
    case formats::Format::unknown:
      break;
  }
  return "unknown";
}

}  // namespace

base::Result<transfer::Document> document_of(SecretService& service, const std::string& path) {
  auto collection = service.collection(path);
  if (!collection) return base::fail(collection.error());
  transfer::Document document;
  document.start.label.value = std::move(collection->label);
  document.start.created = collection->created;
  document.start.modified = collection->modified;
  const std::vector<std::string>& paths = collection->items;
  Progress progress(document.start.label.value, paths.size());
  for (std::size_t at = 0; at < paths.size(); at += kAtOnce) {
    const auto first = paths.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<std::string> some(
        first, first + static_cast<std::ptrdiff_t>(std::min(kAtOnce, paths.size() - at)));
    if (auto added = add_records(service, some, document); !added) return base::fail(added.error());
    progress.show(at + some.size());
  }
  return document;
}

Attributes attributes_of(const transfer::Record& record) {
  Attributes attributes;
  for (const transfer::Attribute& attribute : record.attributes.items)
    attributes.emplace(attribute.name.value, attribute.value.value);
  return attributes;
}

MovedItem moved(transfer::Record record) {
  MovedItem item;
  item.attributes = attributes_of(record);
  item.label = std::move(record.label.value);
  item.secret.bytes = Secret(record.secret.value);
  item.secret.content_type = std::move(record.content_type.value);
  return item;
}

Haul haul_of(transfer::Document document) {
  Haul haul;
  haul.format = word_for(document.start.format);
  haul.label = std::move(document.start.label.value);
  for (transfer::Record& record : document.records) haul.items.push_back(moved(std::move(record)));
  for (transfer::Damage& damage : document.damages)
    haul.losses.push_back(
        {damage.item.value, std::move(damage.what.value), std::move(damage.why.value)});
  return haul;
}

}  // namespace cli
