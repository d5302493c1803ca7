// docker-credential-coffer: Docker's credential helper protocol. The items are those of
// docker-credential-secretservice: either finds what the other stored.
#pragma once

#include "cli/json.h"

namespace cli {

struct DockerCredential {
  std::string server;
  std::string username;
  Secret secret;
};

// Reads {"ServerURL", "Username", "Secret"}; Code::invalid, in the protocol's words.
base::Result<DockerCredential> parse_docker_credential(std::string_view text);

// Without the white space around it. Code::invalid when nothing is left.
base::Result<std::string> parse_docker_server(std::string_view text);

Attributes docker_attributes(const DockerCredential& credential);

// Does "store", "get", "erase" or "list", from standard input to standard output.
base::Outcome run_docker_credential(std::string_view operation);

// What Docker expects to read about a failure: it knows some by their words.
std::string docker_message(const base::Error& error);

}  // namespace cli
