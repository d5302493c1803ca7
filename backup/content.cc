#include "backup/content.h"

#include <algorithm>

#include "formats/byte_reader.h"
#include "formats/byte_writer.h"

namespace backup {
namespace {

using formats::ByteReader;
using formats::ByteWriter;
using transfer::Backup;
using transfer::Document;
using transfer::Keyring;
using transfer::Record;

std::uint32_t count_of(std::size_t count) { return static_cast<std::uint32_t>(count); }

void write(ByteWriter& out, const Record& record) {
  out.counted(record.label.value);
  out.u32(count_of(record.attributes.items.size()));
  for (const transfer::Attribute& each : record.attributes.items) {
    out.counted(each.name.value);
    out.counted(each.value.value);
  }
  out.u64(record.created);
  out.u64(record.modified);
  out.counted(record.content_type.value);
  out.counted(record.secret.value);
}

void write(ByteWriter& out, const Document& collection) {
  out.counted(collection.start.label.value);
  out.u64(collection.start.created);
  out.u64(collection.start.modified);
  out.u32(count_of(collection.records.size()));
  for (const Record& record : collection.records) write(out, record);
}

template <class T>
bool all_fit(const std::vector<T>& messages) {
  return std::all_of(messages.begin(), messages.end(), ipc::Codec<T>::fits);
}

bool is_ascending(const Record& record) {
  const auto& items = record.attributes.items;
  return std::adjacent_find(items.begin(), items.end(), [](const auto& one, const auto& next) {
           return one.name.value >= next.name.value;
         }) == items.end();
}

bool is_sound(const Document& collection) {
  return ipc::Codec<transfer::Start>::fits(collection.start) &&
         collection.records.size() <= transfer::kMaxRecords && all_fit(collection.records) &&
         std::all_of(collection.records.begin(), collection.records.end(), is_ascending);
}

bool is_sound(const Backup& backup) {
  const auto is_parts = [](std::size_t count) { return count <= transfer::kMaxParts; };
  return is_parts(backup.aliases.size()) && is_parts(backup.collections.size()) &&
         is_parts(backup.keyrings.size()) && all_fit(backup.aliases) && all_fit(backup.keyrings) &&
         std::all_of(
             backup.aliases.begin(), backup.aliases.end(),
             [&](const auto& each) { return each.collection < backup.collections.size(); }) &&
         std::all_of(backup.collections.begin(), backup.collections.end(),
                     [](const Document& each) { return is_sound(each); });
}

// Where a length may be none, elsewhere, here it must be one.
base::ByteView counted(ByteReader& in) {
  const std::uint32_t length = in.u32();
  return in.take(length);
}

std::string text(ByteReader& in) { return std::string(base::text_of(counted(in))); }

Record read_record(ByteReader& in) {
  Record record;
  record.label.value = text(in);
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    std::string name = text(in);
    record.attributes.items.push_back({{std::move(name)}, {text(in)}});
  }
  record.created = in.u64();
  record.modified = in.u64();
  record.content_type.value = text(in);
  record.secret.value = base::copy_of(counted(in));
  return record;
}

Document read_collection(ByteReader& in) {
  Document collection;
  collection.start.format = formats::Format::coffer_backup;
  collection.start.label.value = text(in);
  collection.start.created = in.u64();
  collection.start.modified = in.u64();
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left)
    collection.records.push_back(read_record(in));
  return collection;
}

Backup read_backup(ByteReader& in) {
  Backup backup;
  backup.created = in.u64();
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left)
    backup.collections.push_back(read_collection(in));
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    const std::uint32_t collection = in.u32();
    backup.aliases.push_back({collection, {text(in)}});
  }
  for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
    std::string application = text(in);
    backup.keyrings.push_back({{std::move(application)}, {base::copy_of(counted(in))}});
  }
  return backup;
}

}  // namespace

base::Result<base::Bytes> encode(const Backup& backup) {
  if (!is_sound(backup))
    return base::fail(base::Code::limits_exceeded, "a part of it is larger than a backup can hold");
  ByteWriter out;
  out.u64(backup.created);
  out.u32(count_of(backup.collections.size()));
  for (const Document& collection : backup.collections) write(out, collection);
  out.u32(count_of(backup.aliases.size()));
  for (const transfer::Alias& alias : backup.aliases) {
    out.u32(alias.collection);
    out.counted(alias.name.value);
  }
  out.u32(count_of(backup.keyrings.size()));
  for (const Keyring& keyring : backup.keyrings) {
    out.counted(keyring.application.value);
    out.counted(keyring.file.value);
  }
  return base::copy_of(out.out());
}

base::Result<Backup> decode(base::ByteView content) {
  ByteReader in(content);
  Backup backup = read_backup(in);
  if (!in.ok() || !in.left().empty() || !is_sound(backup))
    return base::fail(base::Code::damaged,
                      "what the backup holds makes no sense, though it opens: it was not written "
                      "by Coffer");
  return backup;
}

}  // namespace backup
