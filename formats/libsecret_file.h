// libsecret's file backend (version 1.0), also written by oo7: what sandboxed applications keep
// their secrets in. A GVariant of items, each encrypted and authenticated on its own.
#pragma once

#include "formats/file_key.h"
#include "formats/record.h"

namespace formats {

// Reads a file; the document's label is empty. What oo7 keeps as an attribute "xdg:content-type"
// becomes the content type. An item whose authentication fails is a Damage, but
// when it fails for every item the password is taken to be wrong. A file without items opens with
// any password.
//
// Fails with Code::wrong_password, Code::damaged, Code::not_supported for other formats and
// versions, Code::limits_exceeded; or as `keys` does, which is asked at most once.
base::Result<Document> read_libsecret_file(base::ByteView file, const Keys& keys,
                                           const Limits& limits = {});

// Who is to read a file. oo7 has content types, in an attribute, and takes what has none for bytes,
// text too. Libsecret has none, and would store a changed secret beside the item that has one
// attribute more.
enum class LibsecretReader { libsecret, oo7 };

// Writes a file. The label is lost, and for libsecret the content types.
SecretBuffer write_libsecret_file(const Document& document, base::ByteView password,
                                  const Random& random,
                                  LibsecretReader reader = LibsecretReader::libsecret);

}  // namespace formats
