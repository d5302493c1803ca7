#include "cli/git_credential.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/find.h"
#include "cli/terminal.h"

namespace cli {
namespace {

constexpr std::string_view kExpiry = "password_expiry_utc=";
constexpr std::string_view kRefreshToken = "oauth_refresh_token=";

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char digit) { return digit >= '0' && digit <= '9'; });
}

// "host", "host:port", "[address]" or "[address]:port".
void set_host(GitCredential& credential, std::string_view value) {
  const std::size_t colon = value.rfind(':');
  const bool has_port = colon != std::string_view::npos && is_number(value.substr(colon + 1)) &&
                        (value.find(':') == colon || value[colon - 1] == ']');
  credential.host = std::string(value.substr(0, has_port ? colon : value.size()));
  if (has_port) credential.port = std::string(value.substr(colon + 1));
}

void set(GitCredential& credential, std::string_view key, std::string_view value) {
  if (key == "protocol") credential.protocol = std::string(value);
  if (key == "host") set_host(credential, value);
  if (key == "path") credential.path = std::string(value);
  if (key == "username") credential.username = std::string(value);
  if (key == "password") credential.password = Secret(value);
  if (key == "password_expiry_utc") credential.expiry = std::string(value);
  if (key == "oauth_refresh_token") credential.refresh_token = Secret(value);
}

base::Outcome check_names_something(const GitCredential& credential) {
  if (credential.protocol && (credential.host || credential.path)) return base::Ok{};
  return base::fail(base::Code::invalid, "git named no protocol, or neither a host nor a path");
}

// Without a port, the search also finds items of other ports: those are other servers' passwords.
base::Result<std::vector<Item>> find(SecretService& service, const GitCredential& credential) {
  auto items = find_items(service, git_attributes(credential));
  if (!items) return items;
  std::erase_if(*items, [&](const Item& item) {
    const auto port = item.attributes.find("port");
    return port != item.attributes.end() && port->second != credential.port.value_or("");
  });
  if (items->empty()) return base::fail(base::Code::no_such_item, "no item has these attributes");
  return items;
}

base::Outcome get(SecretService& service, GitCredential credential) {
  if (auto checked = check_names_something(credential); !checked) return checked;
  auto items = find(service, credential);
  // Nothing to say: git asks the next helper, or the user.
  if (!items && items.error().code == base::Code::no_such_item) return base::Ok{};
  if (!items) return base::fail(items.error());
  items->erase(items->begin() + 1, items->end());
  items = unlocked(service, *std::move(items));
  if (!items) return base::fail(items.error());
  const Item& item = items->front();
  auto secret = service.secret(item.path);
  if (!secret) return base::fail(secret.error());
  if (const auto user = item.attributes.find("user"); user != item.attributes.end())
    credential.username = user->second;
  add_git_secret(credential, secret->bytes);
  auto answer = git_answer(credential);
  if (!answer) return base::fail(answer.error());
  return write_output(answer->view());
}

base::Outcome store(SecretService& service, const GitCredential& credential) {
  if (auto checked = check_names_something(credential); !checked) return checked;
  if (!credential.username || !credential.password) return base::Ok{};  // nothing worth keeping
  auto collection = find_collection(service, kDefaultCollection);
  if (!collection) return base::fail(collection.error());
  if (auto opened = service.unlock({*collection}); !opened) return opened;
  NewItem item;
  item.label = git_label(credential);
  item.attributes = git_attributes(credential);
  item.attributes["xdg:schema"] = "org.git.Password";
  item.secret.bytes = git_secret(credential);
  auto created = service.create_item(*collection, item);
  if (!created) return base::fail(created.error());
  return base::Ok{};
}

// Git tells helpers to forget a password that did not work: a newer one must survive that.
base::Outcome erase(SecretService& service, const GitCredential& credential) {
  if (auto checked = check_names_something(credential); !checked) return checked;
  auto items = find(service, credential);
  if (!items && items.error().code == base::Code::no_such_item) return base::Ok{};
  if (!items) return base::fail(items.error());
  items = unlocked(service, *std::move(items));
  if (!items) return base::fail(items.error());
  for (const Item& item : *items) {
    if (credential.password) {
      auto secret = service.secret(item.path);
      if (!secret) return base::fail(secret.error());
      GitCredential stored;
      add_git_secret(stored, secret->bytes);
      if (stored.password->text() != credential.password->text()) continue;
    }
    if (auto removed = service.remove_item(item.path); !removed) return removed;
  }
  return base::Ok{};
}

}  // namespace

base::Result<GitCredential> parse_git_credential(std::string_view text) {
  GitCredential credential;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      return base::fail(base::Code::invalid, "git sent a line that is not key=value");
    const std::string_view key = line.substr(0, equals), value = line.substr(equals + 1);
    const bool is_secret = key == "password" || key == "oauth_refresh_token";
    if (!is_secret && !base::is_utf8(value))
      return base::fail(base::Code::invalid, fmt::format("git's \"{}\" is not valid UTF-8", key));
    set(credential, key, value);
  }
  return credential;
}

Attributes git_attributes(const GitCredential& credential) {
  Attributes attributes;
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) attributes[name] = *value;
  };
  add("protocol", credential.protocol);
  add("server", credential.host);
  add("port", credential.port);
  add("object", credential.path);
  add("user", credential.username);
  return attributes;
}

std::string git_label(const GitCredential& credential) {
  return fmt::format("Git: {}://{}{}{}/{}", credential.protocol.value_or(""),
                     credential.host.value_or(""), credential.port ? ":" : "",
                     credential.port.value_or(""), credential.path.value_or(""));
}

Secret git_secret(const GitCredential& credential) {
  Secret secret;
  const auto add = [&](std::string_view text) { secret.append(base::bytes_of(text)); };
  if (credential.password) add(credential.password->text());
  if (credential.expiry) add("\n"), add(kExpiry), add(*credential.expiry);
  if (credential.refresh_token)
    add("\n"), add(kRefreshToken), add(credential.refresh_token->text());
  return secret;
}

void add_git_secret(GitCredential& credential, const Secret& secret) {
  std::string_view text = secret.text();
  credential.password = Secret(take_line(text));
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.starts_with(kExpiry)) credential.expiry = std::string(line.substr(kExpiry.size()));
    if (line.starts_with(kRefreshToken))
      credential.refresh_token = Secret(line.substr(kRefreshToken.size()));
  }
}

base::Result<Secret> git_answer(const GitCredential& credential) {
  Secret answer;
  bool fits = true;
  const auto add = [&](std::string_view key, std::string_view value) {
    fits = fits && value.find_first_of(std::string_view("\n\0", 2)) == std::string_view::npos;
    for (std::string_view part : {key, std::string_view("="), value, std::string_view("\n")})
      answer.append(base::bytes_of(part));
  };
  if (credential.username) add("username", *credential.username);
  if (credential.password) add("password", credential.password->text());
  if (credential.expiry) add("password_expiry_utc", *credential.expiry);
  if (credential.refresh_token) add("oauth_refresh_token", credential.refresh_token->text());
  if (!fits)
    return base::fail(base::Code::damaged, "the stored credential is none that git can take");
  return answer;
}

base::Outcome run_git_credential(std::string_view operation) {
  const bool known = operation == "get" || operation == "store" || operation == "erase";
  if (!known) return base::Ok{};
  auto input = read_input();
  if (!input) return base::fail(input.error());
  auto credential = parse_git_credential(input->text());
  if (!credential) return base::fail(credential.error());
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  if (operation == "get") return get(*service, *std::move(credential));
  return operation == "store" ? store(*service, *credential) : erase(*service, *credential);
}

}  // namespace cli
