#include "transfer/backup.h"

#include <algorithm>

namespace transfer {
namespace {

bool is_sound(const Contents& contents) {
  return contents.collections <= kMaxParts && contents.keyrings <= kMaxParts &&
         std::all_of(contents.aliases.items.begin(), contents.aliases.items.end(),
                     [&](const Alias& each) { return each.collection < contents.collections; });
}

base::Result<Contents> receive_contents(int fd) {
  auto contents = receive<Contents>(fd);
  if (!contents) return contents;
  if (contents->version != kVersion) return other_version();
  if (!is_sound(*contents)) return malformed();
  return contents;
}

base::Result<Keyring> receive_keyring(int fd, Room& room) {
  auto frame = receive_frame(fd);
  if (!frame) return base::fail(frame.error());
  if (auto counted = room.take(frame->message.size()); !counted) return base::fail(counted.error());
  return expect<Keyring>(*frame);
}

}  // namespace

base::Outcome send_backup(int fd, const Backup& backup) {
  if (backup.collections.size() > kMaxParts || backup.keyrings.size() > kMaxParts)
    return base::fail(base::Code::limits_exceeded, "it has more parts than can be moved");
  Contents contents;
  contents.created = backup.created;
  contents.collections = static_cast<std::uint32_t>(backup.collections.size());
  contents.keyrings = static_cast<std::uint32_t>(backup.keyrings.size());
  contents.aliases.items = backup.aliases;
  if (auto sent = send(fd, contents); !sent) return sent;
  for (const Document& collection : backup.collections)
    if (auto sent = send_document(fd, collection); !sent) return sent;
  for (const Keyring& keyring : backup.keyrings)
    if (auto sent = send(fd, keyring); !sent) return sent;
  return base::Ok{};
}

base::Result<Backup> receive_backup(int fd) {
  auto contents = receive_contents(fd);
  if (!contents) return base::fail(contents.error());
  Backup backup{contents->created, std::move(contents->aliases.items), {}, {}};
  Room room;
  for (std::uint32_t i = 0; i < contents->collections; ++i) {
    auto collection = receive_document(fd, room);
    if (!collection) return base::fail(collection.error());
    backup.collections.push_back(*std::move(collection));
  }
  for (std::uint32_t i = 0; i < contents->keyrings; ++i) {
    auto keyring = receive_keyring(fd, room);
    if (!keyring) return base::fail(keyring.error());
    backup.keyrings.push_back(*std::move(keyring));
  }
  return backup;
}

}  // namespace transfer
