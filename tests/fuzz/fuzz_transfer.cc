// What coffer receives of coffer-formats, and what that receives of it. A document that is accepted
// travels on as exactly the same bytes.
//
// Input: u8 (bit 0: a file's content, bit 1: a backup, neither: a document) | frames
#include <fcntl.h>
#include <sys/mman.h>

#include <cstdlib>

#include "base/unique_fd.h"
#include "transfer/backup.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

base::UniqueFd file_of(base::ByteView bytes) {
  base::UniqueFd file(::memfd_create("frames", MFD_CLOEXEC));
  require(static_cast<bool>(transfer::write_all(file.get(), bytes)));
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

base::Bytes content_of(int fd) {
  base::Bytes bytes(static_cast<std::size_t>(::lseek(fd, 0, SEEK_CUR)));
  require(::pread(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return bytes;
}

// Records in front of damages, as send_document() has them; otherwise only the sizes can be
// compared.
void check_document(const transfer::Document& document, base::ByteView received) {
  const base::UniqueFd again(::memfd_create("again", MFD_CLOEXEC));
  require(static_cast<bool>(transfer::send_document(again.get(), document)));
  const base::Bytes sent = content_of(again.get());
  require(sent.size() == received.size());
  if (document.damages.empty())
    require(std::equal(sent.begin(), sent.end(), received.begin(), received.end()));
}

void check_backup(const transfer::Backup& backup, base::ByteView received) {
  const base::UniqueFd again(::memfd_create("again", MFD_CLOEXEC));
  require(static_cast<bool>(transfer::send_backup(again.get(), backup)));
  require(content_of(again.get()).size() == received.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const base::ByteView frames = std::as_bytes(std::span(data + 1, size - 1));
  const base::UniqueFd file = file_of(frames);
  if (data[0] & 1) {
    const auto content = transfer::receive_content(file.get());
    require(!content || content->size() <= frames.size());
    return 0;
  }
  if (data[0] & 2) {
    const auto backup = transfer::receive_backup(file.get());
    const auto end = static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_CUR));
    if (backup) check_backup(*backup, frames.first(end));
    return 0;
  }
  const auto document = transfer::receive_document(file.get());
  const auto read = static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_CUR));
  if (document) check_document(*document, frames.first(read));
  return 0;
}
