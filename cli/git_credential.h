// git-credential-coffer: git's credential helper protocol (gitcredentials(7)). The items are those
// of git's own helper for libsecret: either finds what the other stored.
#pragma once

#include <optional>

#include "cli/secret_service.h"

namespace cli {

struct GitCredential {
  std::optional<std::string> protocol, host, port, path, username, expiry;
  std::optional<Secret> password, refresh_token;
};

// Reads "key=value" lines up to an empty one; unknown keys are for newer helpers. Code::invalid.
base::Result<GitCredential> parse_git_credential(std::string_view text);

// What an item of this credential has, and what it is searched by.
Attributes git_attributes(const GitCredential& credential);
std::string git_label(const GitCredential& credential);

// The stored secret: the password, and below it what must not be an attribute, as "key=value"
// lines.
Secret git_secret(const GitCredential& credential);
// Takes a stored secret apart again; a line that is not known is skipped.
void add_git_secret(GitCredential& credential, const Secret& secret);

// The answer to "get". Code::damaged when a value would not fit on a line: git would take the rest
// for another key.
base::Result<Secret> git_answer(const GitCredential& credential);

// Does "get", "store" or "erase", from standard input to standard output. Others do nothing, as
// git asks of helpers.
base::Outcome run_git_credential(std::string_view operation);

}  // namespace cli
