#include "transfer/recovery_key.h"

#include <cstdint>

namespace transfer {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kKeyDigits = kRecoveryKeySize * 8 / 5;
constexpr std::size_t kCheckDigits = 4;
constexpr std::size_t kGroup = 4;

using Digits = std::array<std::uint8_t, kKeyDigits + kCheckDigits>;

// The key as a number, modulo the largest prime below 2^20: no change of one digit, and no exchange
// of two, leaves it as it was.
std::uint32_t check_of(const RecoveryKey& key) {
  constexpr std::uint32_t kPrime = 1'048'573;
  std::uint32_t rest = 0;
  for (const std::byte byte : key)
    rest = (rest << 8 | std::to_integer<std::uint32_t>(byte)) % kPrime;
  return rest;
}

std::optional<std::uint8_t> digit_of(char letter) {
  if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  if (letter == 'O') letter = '0';
  if (letter == 'I' || letter == 'L') letter = '1';
  const std::size_t at = kDigits.find(letter);
  if (at == kDigits.npos) return std::nullopt;
  return static_cast<std::uint8_t>(at);
}

std::optional<Digits> digits_of(std::string_view text) {
  Digits digits{};
  std::size_t count = 0;
  for (const char letter : text) {
    if (letter == '-' || letter == ' ') continue;
    const auto digit = digit_of(letter);
    if (!digit || count == digits.size()) return std::nullopt;
    digits[count++] = *digit;
  }
  if (count != digits.size()) return std::nullopt;
  return digits;
}

}  // namespace

std::string text_of(const RecoveryKey& key) {
  Digits digits{};
  for (std::size_t bit = 0; bit < 8 * key.size(); ++bit) {
    const auto byte = std::to_integer<unsigned>(key[bit / 8]);
    digits[bit / 5] =
        static_cast<std::uint8_t>(unsigned{digits[bit / 5]} << 1 | (byte >> (7 - bit % 8) & 1));
  }
  const std::uint32_t check = check_of(key);
  for (std::size_t i = 0; i < kCheckDigits; ++i)
    digits[kKeyDigits + i] = static_cast<std::uint8_t>(check >> (5 * (kCheckDigits - 1 - i)) & 31);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % kGroup == 0) text += '-';
    text += kDigits[digits[i]];
  }
  return text;
}

std::optional<RecoveryKey> recovery_key_of(std::string_view text) {
  const auto digits = digits_of(text);
  if (!digits) return std::nullopt;
  RecoveryKey key{};
  for (std::size_t bit = 0; bit < 8 * key.size(); ++bit)
    key[bit / 8] =
        key[bit / 8] << 1 | static_cast<std::byte>((*digits)[bit / 5] >> (4 - bit % 5) & 1);
  std::uint32_t check = 0;
  for (std::size_t i = 0; i < kCheckDigits; ++i) check = check << 5 | (*digits)[kKeyDigits + i];
  if (check != check_of(key)) return std::nullopt;
  return key;
}

}  // namespace transfer
