// Coffer's own export: everything of a document as JSON, secrets in the clear.
#pragma once

#include "formats/record.h"

namespace formats {

// An object with "coffer-export": 1, "label", "created", "modified" (seconds since 1970) and
// "items", each with "label", "attributes", "created", "modified", "content-type", and either
// "secret", a string, or, where it is not UTF-8, "secret-base64". Damages are not exported.
SecretBuffer write_json_export(const Document& document);

// Reads such an export. Fails with Code::damaged for what is no JSON; Code::not_supported for other
// JSON and other versions.
base::Result<Document> read_json_export(base::ByteView file);

}  // namespace formats
