// Attributes as people write them on a command line.
#pragma once

#include <span>

#include "base/result.h"
#include "dbus/message.h"

namespace cli {

using Attributes = dbus::StringMap;

// Either "key=value key=value" or, as secret-tool takes them, "key value key value": the first word
// decides. Values may be empty and contain "=". Code::invalid says which word is wrong.
base::Result<Attributes> parse_attributes(std::span<const std::string> words);

// The same, but at least one: no attributes would mean every item.
base::Result<Attributes> parse_some_attributes(std::span<const std::string> words);

// Code::invalid when a word is not UTF-8, which is all that D-Bus takes. `what` names it: "label".
base::Outcome check_text(const std::string& text, const char* what);

}  // namespace cli
