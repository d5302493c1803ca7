// The vault's side of the system prompter's secret exchange (gcr's GcrSecretExchange, sx-aes-1):
// the prompter encrypts the password that was typed for the vault, and the frontend carries the
// texts.
#pragma once

#include <string>
#include <string_view>

#include "vault/secret_bytes.h"

namespace vault {

class PromptExchange {
 public:
  // From the prompter's first message. Code::invalid when it has no usable public key.
  static base::Result<PromptExchange> begin(std::string_view theirs, Arena& arena);

  // Our message: our public key. Sent with each question.
  const std::string& ours() const { return ours_; }
  // The password in one of the prompter's later messages, up to a NUL if there is one; their public
  // key, which they repeat, changes nothing. Code::invalid when there is none or it does not
  // decrypt.
  base::Result<SecretBytes> receive(std::string_view theirs, Arena& arena) const;

 private:
  PromptExchange(std::string ours, std::vector<SecretBytes> keys)
      : ours_(std::move(ours)), keys_(std::move(keys)) {}

  std::string ours_;
  std::vector<SecretBytes> keys_;  // that the prompter may have come to
};

}  // namespace vault
