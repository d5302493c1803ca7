// The system prompter's messages: any text begins an exchange or does not, and any other gives a
// password of the size that it may have, or an error.
#include <sodium.h>

#include <cstdlib>

#include "vault/keys.h"
#include "vault/prompt_exchange.h"

namespace {

vault::Arena& arena() {
  static const auto made = [] {
    if (sodium_init() < 0) std::abort();
    return vault::Arena::create(vault::Arena::kDefaultSize, false);
  }();
  return **made;
}

}  // namespace

// The first line that is "--" parts the prompter's first message from its second.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find("\n--\n");
  const auto exchange = vault::PromptExchange::begin(text.substr(0, cut), arena());
  if (!exchange || cut == std::string_view::npos) return 0;
  const auto password = exchange->receive(text.substr(cut + 4), arena());
  if (password && password->size() > 64 * 1024) std::abort();
  return 0;
}
