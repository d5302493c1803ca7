// cargo-credential-coffer: Cargo's credential provider protocol, version 1. The items are those of
// cargo-credential-libsecret: either finds what the other stored.
#pragma once

#include <functional>
#include <optional>

#include "cli/json.h"

namespace cli {

struct CargoRequest {
  std::string kind;  // "get", "login", "logout", or one that this does not know
  std::string index_url;
  std::string name;  // of the registry in Cargo's configuration; empty when Cargo did not say
  std::optional<Secret> token;
  std::string login_url;
};

// Code::invalid when `line` is no request of version 1.
base::Result<CargoRequest> parse_cargo_request(std::string_view line);

// What the protocol answers: a failure as {"Err": {"kind", "message"}}.
Json cargo_failure(const base::Error& error);
Json cargo_token(const Secret& token);

// Greets, then answers each line of standard input until it ends.
base::Outcome run_cargo_credential();

}  // namespace cli
