#include "vault/prompt_exchange.h"

#include <algorithm>
#include <optional>

#include "vault/diffie_hellman.h"
#include "vault/sessions.h"

namespace vault {
namespace {

constexpr std::string_view kHeading = "[sx-aes-1]";

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The bytes behind `name=` in the group [sx-aes-1], base64. Nothing when they are not there or are
// not base64.
std::optional<base::Bytes> value_of(std::string_view text, std::string_view name) {
  bool in_group = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('[')) in_group = line == kHeading;
    const std::size_t equals = line.find('=');
    if (!in_group || equals == line.npos || trimmed(line.substr(0, equals)) != name) continue;
    const std::string_view encoded = trimmed(line.substr(equals + 1));
    base::Bytes bytes(encoded.size());
    if (bytes.empty()) return bytes;
    std::size_t size = 0;
    if (sodium_base642bin(base::u8(base::MutableBytes(bytes)), bytes.size(), encoded.data(),
                          encoded.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
      return std::nullopt;
    bytes.resize(size);
    return bytes;
  }
  return std::nullopt;
}

std::string base64(base::ByteView bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), base::u8(bytes), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the NUL
  return text;
}

base::Failure<base::Error> invalid() {
  return base::fail(base::Code::invalid, "the prompter's secret exchange makes no sense");
}

// The text up to a NUL. Who types, types UTF-8: what another key makes of it is none.
base::Result<SecretBytes> receive_with(const SecretBytes& key, const wire::Secret& sent,
                                       Arena& arena) {
  auto copy = SecretBytes::copy(arena, key.expose());
  if (!copy) return copy;
  auto plain = Session(*std::move(copy)).receive(sent, arena);
  if (!plain) return plain;
  const auto text = plain->expose();
  const auto end = std::find(text.begin(), text.end(), std::byte{0});
  plain->shrink(static_cast<std::size_t>(end - text.begin()));
  if (!base::is_utf8(base::text_of(plain->expose()))) return invalid();
  return plain;
}

}  // namespace

base::Result<PromptExchange> PromptExchange::begin(std::string_view theirs, Arena& arena) {
  const auto public_key = value_of(theirs, "public");
  if (!public_key) return invalid();
  auto agreement = agree(Group::oakley_5, *public_key, arena);
  if (!agreement) return base::fail(agreement.error());
  std::vector<SecretBytes> keys;
  if (agreement->stripped_key) keys.push_back(*std::move(agreement->stripped_key));
  keys.push_back(std::move(agreement->session_key));
  return PromptExchange(std::string(kHeading) + "\npublic=" + base64(agreement->public_key) + "\n",
                        std::move(keys));
}

base::Result<SecretBytes> PromptExchange::receive(std::string_view theirs, Arena& arena) const {
  auto secret = value_of(theirs, "secret");
  auto iv = value_of(theirs, "iv");
  if (!secret || !iv) return invalid();
  const wire::Secret sent{{std::move(*iv)}, {std::move(*secret)}, {}};
  base::Result<SecretBytes> typed = invalid();
  for (const SecretBytes& key : keys_)
    if (typed = receive_with(key, sent, arena); typed) break;
  return typed;
}

}  // namespace vault
