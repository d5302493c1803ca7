// Text from elsewhere, made safe to show on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace cli {

// Control characters (escape sequences begin with one), characters that reverse or hide text, and
// what is not UTF-8, as \n, \t, \x1b or \u{202e}; a backslash as it is. The result is one line.
std::string visible(std::string_view text);

// The same, but line breaks and tabs stay.
std::string visible_lines(std::string_view text);

// The columns that `text` takes on a terminal.
std::size_t width_of(std::string_view text);

}  // namespace cli
