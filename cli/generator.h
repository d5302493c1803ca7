// New passwords and passphrases.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/secret.h"

namespace cli {

struct Generated {
  Secret secret;
  double bits = 0;  // of entropy
};

// The characters of "lower", "upper", "digits", "symbols" or "hex", or of several: "lower,digits".
// Code::invalid for another name.
base::Result<std::string> alphabet(std::string_view names);

// Printable ASCII, each character once, at least two of them. Code::invalid otherwise.
base::Outcome check_characters(std::string_view characters);

// `length` characters, each of `characters` as likely as any other.
Generated generate_characters(std::size_t length, std::string_view characters);

// The words of a word list, one a line: those of 3 to 9 lower-case letters, each once. None when
// the file cannot be read.
std::vector<std::string> read_words(const std::string& path);

// `count` words of `words`, or, where that are too few to choose from, made-up ones that can be
// pronounced.
Generated generate_words(std::size_t count, std::string_view separator,
                         const std::vector<std::string>& words);

}  // namespace cli
