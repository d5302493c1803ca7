#include "cli/attributes.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace cli {
namespace {

base::Outcome add(Attributes& attributes, const std::string& key, const std::string& value) {
  if (auto checked = check_text(key, "attribute name"); !checked)
    return base::fail(checked.error());
  if (auto checked = check_text(value, "attribute value"); !checked)
    return base::fail(checked.error());
  if (key.empty()) return base::fail(base::Code::invalid, "an attribute's name cannot be empty");
  if (!attributes.emplace(key, value).second)
    return base::fail(base::Code::invalid,
                      fmt::format("the attribute \"{}\" is there twice: give it once", key));
  return base::Ok{};
}

base::Result<Attributes> parse_pairs(std::span<const std::string> words) {
  Attributes attributes;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos)
      return base::fail(base::Code::invalid,
                        fmt::format("\"{}\" is not an attribute: write key=value", word));
    auto added = add(attributes, word.substr(0, equals), word.substr(equals + 1));
    if (!added) return base::fail(added.error());
  }
  return attributes;
}

base::Result<Attributes> parse_alternating(std::span<const std::string> words) {
  if (words.size() % 2 != 0)
    return base::fail(
        base::Code::invalid,
        fmt::format("the attribute \"{}\" has no value: write key=value, or key value",
                    words.back()));
  Attributes attributes;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    auto added = add(attributes, words[i], words[i + 1]);
    if (!added) return base::fail(added.error());
  }
  return attributes;
}

}  // namespace

base::Result<Attributes> parse_attributes(std::span<const std::string> words) {
  if (words.empty()) return Attributes{};
  return words.front().find('=') != std::string::npos ? parse_pairs(words)
                                                      : parse_alternating(words);
}

base::Result<Attributes> parse_some_attributes(std::span<const std::string> words) {
  if (words.empty())
    return base::fail(base::Code::invalid, "say which item: at least one key=value is needed");
  return parse_attributes(words);
}

base::Outcome check_text(const std::string& text, const char* what) {
  if (base::is_utf8(text)) return base::Ok{};
  return base::fail(base::Code::invalid, fmt::format("the {} is not valid UTF-8", what));
}

}  // namespace cli
