#include "cli/generator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "cli/random.h"

namespace cli {
namespace {

constexpr std::size_t kEnoughWords = 2'000;  // about 11 bits a word

struct Named {
  std::string_view name, characters;
};
constexpr Named kAlphabets[] = {{"lower", "abcdefghijklmnopqrstuvwxyz"},
                                {"upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
                                {"digits", "0123456789"},
                                {"symbols", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
                                {"hex", "0123456789abcdef"}};

// No letter that is easily taken for another.
constexpr std::string_view kConsonants = "bdfghjkmnprstvwz";
constexpr std::string_view kVowels = "aeiou";
constexpr std::string_view kMadeUpWord[] = {kConsonants, kVowels, kConsonants, kVowels,
                                            kConsonants};

void append_one_of(Secret& secret, std::string_view characters) {
  const std::size_t at = random_below(static_cast<std::uint32_t>(characters.size()));
  secret.append(base::bytes_of(characters.substr(at, 1)));
}

bool is_simple(const std::string& word) {
  return word.size() >= 3 && word.size() <= 9 &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

base::Result<std::string> alphabet(std::string_view names) {
  std::string characters;
  while (true) {
    const std::size_t end = std::min(names.find(','), names.size());
    const std::string_view name = names.substr(0, end);
    const auto* known = std::find_if(std::begin(kAlphabets), std::end(kAlphabets),
                                     [&](const Named& each) { return each.name == name; });
    if (known == std::end(kAlphabets))
      return base::fail(base::Code::invalid,
                        fmt::format("there is no alphabet \"{}\"; there are lower, upper, digits, "
                                    "symbols and hex",
                                    name));
    for (char each : known->characters)
      if (characters.find(each) == std::string::npos) characters += each;
    if (end == names.size()) return characters;
    names.remove_prefix(end + 1);
  }
}

base::Outcome check_characters(std::string_view characters) {
  std::string sorted(characters);
  std::sort(sorted.begin(), sorted.end());
  const bool twice = std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
  const bool printable = std::all_of(sorted.begin(), sorted.end(),
                                     [](char each) { return each >= ' ' && each <= '~'; });
  if (sorted.size() >= 2 && printable && !twice) return base::Ok{};
  return base::fail(base::Code::invalid,
                    "the characters must be two or more of ASCII, each of them once");
}

Generated generate_characters(std::size_t length, std::string_view characters) {
  Generated made;
  for (std::size_t i = 0; i < length; ++i) append_one_of(made.secret, characters);
  made.bits = static_cast<double>(length) * std::log2(static_cast<double>(characters.size()));
  return made;
}

std::vector<std::string> read_words(const std::string& path) {
  std::vector<std::string> words;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (is_simple(line)) words.push_back(line);
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

Generated generate_words(std::size_t count, std::string_view separator,
                         const std::vector<std::string>& words) {
  const bool made_up = words.size() < kEnoughWords;
  Generated made;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) made.secret.append(base::bytes_of(separator));
    if (made_up)
      for (std::string_view letters : kMadeUpWord) append_one_of(made.secret, letters);
    else
      made.secret.append(
          base::bytes_of(words[random_below(static_cast<std::uint32_t>(words.size()))]));
  }
  double choices = static_cast<double>(words.size());
  if (made_up) {
    choices = 1;
    for (std::string_view letters : kMadeUpWord) choices *= static_cast<double>(letters.size());
  }
  made.bits = static_cast<double>(count) * std::log2(choices);
  return made;
}

}  // namespace cli
