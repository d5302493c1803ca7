#include "frontend/paths.h"

#include <charconv>

#include "frontend/names.h"

namespace frontend {
namespace {

constexpr std::string_view kPrefix = "/org/freedesktop/secrets/";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Decimal without leading zeros: one number, one path.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.starts_with('0'))
    return std::nullopt;
  return value;
}

std::string_view cut(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view part = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  return part;
}

Path parse_parent(std::string_view path) {
  const std::string_view whole = names::kServicePath;
  if (path == "/") return ParentPath{"org"};
  if (!whole.starts_with(path) || path.empty() || whole[path.size()] != '/') return UnknownPath{};
  std::string_view rest = whole.substr(path.size() + 1);
  return ParentPath{std::string(cut(rest))};
}

}  // namespace

std::string escape(std::string_view name) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : name) {
    if (is_plain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '_';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::optional<std::string> unescape(std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (is_plain(part[i])) {
      out += part[i];
      continue;
    }
    if (part[i] != '_' || i + 2 >= part.size()) return std::nullopt;
    const int high = hex_value(part[i + 1]), low = hex_value(part[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    const char byte = static_cast<char>(high * 16 + low);
    if (is_plain(byte)) return std::nullopt;
    out += byte;
    i += 2;
  }
  if (out.empty()) return std::nullopt;
  return out;
}

Path parse_path(std::string_view path) {
  if (path == names::kServicePath) return ServicePath{};
  if (!path.starts_with(kPrefix)) return parse_parent(path);
  std::string_view rest = path.substr(kPrefix.size());
  const std::string_view kind = cut(rest);
  if (kind == "session" || kind == "prompt") {
    if (rest.empty() || rest.front() != (kind == "session" ? 's' : 'p')) return UnknownPath{};
    const auto number = parse_number(rest.substr(1));
    if (!number) return UnknownPath{};
    return kind == "session" ? Path(SessionPath{*number}) : Path(PromptPath{*number});
  }
  if (kind != "collection" && kind != "aliases") return UnknownPath{};
  const bool has_item = rest.find('/') != std::string_view::npos;
  auto name = unescape(cut(rest));
  if (!name) return UnknownPath{};
  CollectionPath collection{*std::move(name), kind == "aliases"};
  if (!has_item) return collection;
  const auto number = parse_number(rest);
  if (!number) return UnknownPath{};
  return ItemPath{std::move(collection), *number};
}

std::string collection_path(std::string_view name) {
  return std::string(kPrefix) + "collection/" + escape(name);
}
std::string item_path(std::string_view collection, std::uint64_t number) {
  return collection_path(collection) + "/" + std::to_string(number);
}
std::string session_path(std::uint64_t number) {
  return std::string(kPrefix) + "session/s" + std::to_string(number);
}
std::string prompt_path(std::uint64_t number) {
  return std::string(kPrefix) + "prompt/p" + std::to_string(number);
}

}  // namespace frontend
