// Documents as the readers and writers have them, and as they travel.
#pragma once

#include "formats/record.h"
#include "transfer/document.h"

namespace formats::helper {

// Sends the document. A record that is larger than the bounds of transfer/messages.h is left out,
// and becomes a Damage.
base::Outcome send(int fd, Format format, Document document);

Document received(transfer::Document document);

}  // namespace formats::helper
