#include "formats/read.h"

#include "formats/bitwarden.h"
#include "formats/csv.h"
#include "formats/detect.h"
#include "formats/gnome_keyring_binary.h"
#include "formats/gnome_keyring_text.h"
#include "formats/json_export.h"
#include "formats/libsecret_file.h"

namespace formats {
namespace {

using base::Code;

base::Result<Document> read_json(base::ByteView file) {
  auto own = read_json_export(file);
  if (own || own.error().code != Code::not_supported) return own;
  return read_bitwarden_json(file);
}

}  // namespace

base::Result<Document> read_document(base::ByteView file, const Unlocking& unlocking,
                                     const Limits& limits) {
  switch (detect(file)) {
    case Format::gnome_keyring_binary:
    case Format::libsecret_file:
      return read_keyring(file, keys_of(unlocking.password), limits);
    case Format::gnome_keyring_text:
      return read_gnome_keyring_text(file);
    case Format::kwallet:
      return read_kwallet(file, unlocking.beside, unlocking.password);
    case Format::json:
      return read_json(file);
    case Format::csv:
      return read_csv(file);
    case Format::gnome_keyring_objects:
      return base::fail(Code::not_supported, "the file holds certificates and keys, no passwords");
    case Format::coffer_backup:
      return base::fail(Code::not_supported, "this is a backup: \"coffer restore\" reads it");
    case Format::unknown:
      break;
  }
  return base::fail(Code::not_supported,
                    "the file's format is unknown: coffer(1) has those that are read");
}

base::Result<Document> read_keyring(base::ByteView file, const Keys& keys, const Limits& limits) {
  switch (detect(file)) {
    case Format::gnome_keyring_binary:
      return read_gnome_keyring_binary(file, keys, limits);
    case Format::libsecret_file:
      return read_libsecret_file(file, keys, limits);
    default:
      return base::fail(Code::not_supported, "no password locks the file, or another kind of key");
  }
}

}  // namespace formats
