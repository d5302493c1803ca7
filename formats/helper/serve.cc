#include "formats/helper/serve.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "backup/content.h"
#include "backup/envelope.h"
#include "formats/detect.h"
#include "formats/gnome_keyring_binary.h"
#include "formats/helper/conversion.h"
#include "formats/json_export.h"
#include "formats/libsecret_file.h"
#include "formats/read.h"

namespace formats::helper {
namespace {

using base::Code;
using transfer::Operation;
using transfer::Request;

void fill_random(base::MutableBytes bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) std::abort();
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

base::Result<SecretBuffer> read_file(int fd) {
  SecretBuffer content(std::size_t{64} << 10);
  std::size_t used = 0;
  while (true) {
    if (used == content.size()) content.resize(2 * content.size());
    const ssize_t got = ::read(fd, content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::system_failure(errno, "the file cannot be read");
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > transfer::kMaxFile)
      return base::fail(Code::limits_exceeded, "the file is larger than 256 MiB");
  }
  content.resize(used);
  return content;
}

base::Outcome read(const Request& request) {
  const auto file = read_file(kInput);
  if (!file) return base::fail(file.error());
  auto document = read_document(
      *file, {request.password.value, {request.salt.value, request.attributes.value}});
  if (!document) return base::fail(document.error());
  return send(kOutput, detect(*file), *std::move(document));
}

// The key, from who sent the request.
base::Result<SecretBuffer> asked_for(const KeyRecipe& recipe) {
  transfer::KeyWanted wanted;
  wanted.kdf = recipe.kdf;
  wanted.salt.value = base::copy_of(recipe.salt);
  wanted.rounds = recipe.rounds;
  if (auto sent = transfer::send(kOutput, wanted); !sent) return base::fail(sent.error());
  const auto key = transfer::receive<transfer::Key>(kRequest);
  if (!key) return base::fail(key.error());
  if (key->bytes.value.size() != key_size_of(recipe.kdf)) return transfer::malformed();
  return secret_of(key->bytes.value);
}

base::Outcome read_asking() {
  const auto file = read_file(kInput);
  if (!file) return base::fail(file.error());
  auto document = read_keyring(*file, asked_for);
  if (!document) return base::fail(document.error());
  return send(kOutput, detect(*file), *std::move(document));
}

base::Result<SecretBuffer> written(const Request& request, const Document& document) {
  switch (request.operation) {
    case Operation::write_v1:
      return write_libsecret_file(document, request.password.value, fill_random);
    case Operation::write_oo7:
      return write_libsecret_file(document, request.password.value, fill_random,
                                  LibsecretReader::oo7);
    case Operation::write_v0:
      return write_gnome_keyring_binary(document, request.password.value, fill_random);
    default:
      return write_json_export(document);
  }
}

base::Outcome write(const Request& request) {
  auto travelled = transfer::receive_document(kInput);
  if (!travelled) return base::fail(travelled.error());
  const auto file = written(request, received(*std::move(travelled)));
  if (!file) return base::fail(file.error());
  transfer::Start start;
  start.format = detect(*file);
  return transfer::send_content(kOutput, start, *file);
}

base::Outcome read_backup(const Request& request) {
  const auto file = read_file(kInput);
  if (!file) return base::fail(file.error());
  const base::ByteView password = request.password.value;
  const auto content =
      backup::open(*file, {password, transfer::recovery_key_of(base::text_of(password))});
  if (!content) return base::fail(content.error());
  const auto held = backup::decode(*content);
  if (!held) return base::fail(held.error());
  return transfer::send_backup(kOutput, *held);
}

base::Result<base::Bytes> sealed(const Request& request, base::ByteView content) {
  const base::ByteView password = request.password.value;
  if (request.operation == Operation::write_backup) return backup::seal(content, password);
  const auto key = transfer::recovery_key_of(base::text_of(password));
  if (!key) return base::fail(Code::invalid, "this is no recovery key");
  return backup::seal(content, *key);
}

base::Outcome write_backup(const Request& request) {
  const auto travelled = transfer::receive_backup(kInput);
  if (!travelled) return base::fail(travelled.error());
  const auto content = backup::encode(*travelled);
  if (!content) return base::fail(content.error());
  const auto file = sealed(request, *content);
  if (!file) return base::fail(file.error());
  transfer::Start start;
  start.format = Format::coffer_backup;
  return transfer::send_content(kOutput, start, *file);
}

base::Outcome answer() {
  const auto request = transfer::receive<Request>(kRequest);
  if (!request) return base::fail(request.error());
  if (request->version != transfer::kVersion) return transfer::other_version();
  switch (request->operation) {
    case Operation::read:
      return read(*request);
    case Operation::read_asking:
      return read_asking();
    case Operation::read_backup:
      return read_backup(*request);
    case Operation::write_backup:
    case Operation::write_recovery_backup:
      return write_backup(*request);
    case Operation::write_v1:
    case Operation::write_oo7:
    case Operation::write_v0:
    case Operation::write_json:
      break;
  }
  return write(*request);
}

}  // namespace

int serve() {
  const base::Outcome answered = answer();
  if (answered) return 0;
  const base::Error& error = answered.error();
  const auto told = transfer::send(kOutput, transfer::Failure{error.code, {error.what}});
  return told ? 0 : 1;
}

}  // namespace formats::helper
