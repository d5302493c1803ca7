// Foreign text on its way into a Record, whose texts are UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "formats/record.h"

namespace formats {

// `text` with every byte that is no part of well-formed UTF-8, and every NUL, as U+FFFD.
std::string repaired(std::string_view text);

// A record on its way into its document, and which item of the file it is.
struct Draft {
  Document& document;
  std::size_t item;
  Record record{};

  void damage(std::string what, std::string why) {
    document.damages.push_back({item, std::move(what), std::move(why)});
  }
  // An attribute that has no name or is not UTF-8 becomes a Damage instead: a search for an altered
  // value would find the wrong thing.
  void add_attribute(std::string_view name, std::string_view value);
  // A Damage tells when the label had to be repaired.
  void set_label(std::string_view label);
  // The secret, and the content type that can be told from it: "text/plain" for UTF-8 without NUL.
  void set_secret(SecretBuffer secret);
  // The content type that the file has, after set_secret(); without one, what was told stays. One
  // that is no text, or longer than any is, becomes a Damage.
  void set_content_type(std::string_view content_type);
  void finish() { document.records.push_back(std::move(record)); }
};

// The whole of `digits` as a decimal number; none when it is not one, or does not fit.
std::optional<std::uint64_t> decimal(std::string_view digits);

}  // namespace formats
