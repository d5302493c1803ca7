#include "cli/show_item.h"

#include <fmt/format.h>

#include "cli/output.h"
#include "cli/visible.h"

namespace cli {
namespace {

void print_field(const char* name, const std::string& value, Style style = Style::plain) {
  fmt::print("  {} {}\n", styled(Style::faint, fmt::format("{:<12}", name)),
             styled(style, visible(value)));
}

std::string secret_line(const SecretValue& secret) {
  return base::is_utf8(secret.bytes.text())
             ? std::string(secret.bytes.text())
             : fmt::format("({} bytes that are not text; \"coffer lookup\" writes them)",
                           secret.bytes.size());
}

}  // namespace

std::string shown_label(const Item& item) {
  if (!item.label.empty()) return item.label;
  return item.locked ? "(locked)" : "(no label)";
}

Json json_of(const ShownItem& shown) {
  Json object = json_of(shown.item);
  if (shown.secret) add_secret(object, shown.secret->bytes.view(), shown.secret->content_type);
  return object;
}

void print_item(const ShownItem& shown) {
  const Item& item = shown.item;
  fmt::print("{}\n", styled(Style::strong, visible(shown_label(item))));
  if (!item.path.empty()) print_field("path", item.path);
  if (item.locked) print_field("state", "locked", Style::warning);
  print_field("created", relative_time(item.created));
  print_field("modified", relative_time(item.modified));
  const char* name = "attributes";
  for (const auto& [key, value] : item.attributes) {
    print_field(name, fmt::format("{} = {}", key, value));
    name = "";
  }
  if (!shown.secret) return;
  print_field("content type", shown.secret->content_type);
  print_field("secret", secret_line(*shown.secret), Style::good);
}

base::Result<std::vector<ShownItem>> shown_items(SecretService& service, std::vector<Item> items,
                                                 bool secrets) {
  std::vector<ShownItem> shown;
  for (Item& item : items) {
    ShownItem each{std::move(item), {}};
    if (secrets && !each.item.locked) {
      auto secret = service.secret(each.item.path);
      if (!secret) return base::fail(secret.error());
      each.secret = *std::move(secret);
    }
    shown.push_back(std::move(each));
  }
  return shown;
}

}  // namespace cli
