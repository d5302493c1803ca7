#include "formats/helper/serve.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

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
  auto document = read_document(*file, {request.password.value, request.salt.value});
  if (!document) return base::fail(document.error());
  return send(kOutput, detect(*file), *std::move(document));
}

base::Result<SecretBuffer> written(const Request& request, const Document& document) {
  switch (request.operation) {
    case Operation::write_v1:
      return write_libsecret_file(document, request.password.value, fill_random);
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

base::Outcome answer() {
  const auto request = transfer::receive<Request>(kRequest);
  if (!request) return base::fail(request.error());
  if (request->version != transfer::kVersion)
    return base::fail(Code::not_supported, "coffer and coffer-formats are not of one version");
  return request->operation == Operation::read ? read(*request) : write(*request);
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
