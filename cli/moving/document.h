// Collections as they travel to and from coffer-formats.
#pragma once

#include "cli/moving/haul.h"
#include "transfer/document.h"

namespace cli {

// All of an unlocked collection. Items that are deleted meanwhile are left out; fails, naming it,
// when another one cannot be read.
base::Result<transfer::Document> document_of(SecretService& service, const std::string& path);

Attributes attributes_of(const transfer::Record& record);
MovedItem moved(transfer::Record record);
Haul haul_of(transfer::Document document);

}  // namespace cli
