#include "cli/docker_credential.h"

#include <fmt/format.h>

#include "cli/find.h"
#include "cli/terminal.h"

namespace cli {
namespace {

constexpr const char* kLabel = "Docker Credentials";

// What every item of Docker's has, and what all of them are found by.
Attributes common_attributes() {
  return {{"xdg:schema", "io.docker.Credentials"}, {"label", kLabel}, {"docker_cli", "1"}};
}

Attributes attributes_of_server(const std::string& server) {
  Attributes attributes = common_attributes();
  attributes["server"] = server;
  return attributes;
}

std::string attribute(const Item& item, const char* name) {
  const auto at = item.attributes.find(name);
  return at == item.attributes.end() ? std::string() : at->second;
}

base::Result<std::vector<Item>> find_unlocked(SecretService& service,
                                              const Attributes& attributes) {
  auto items = find_items(service, attributes);
  if (!items) return items;
  return unlocked(service, *std::move(items));
}

base::Outcome print_line(const Json& value) {
  const std::string line = value.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return write_output(base::bytes_of(line));
}

base::Outcome store(SecretService& service, DockerCredential credential) {
  auto collection = find_collection(service, kDefaultCollection);
  if (!collection) return base::fail(collection.error());
  if (auto opened = service.unlock({*collection}); !opened) return opened;
  NewItem item;
  item.label = credential.server;
  item.attributes = docker_attributes(credential);
  item.secret.bytes = std::move(credential.secret);
  auto created = service.create_item(*collection, item);
  if (!created) return base::fail(created.error());
  // Docker knows one user a server: what another name was stored under would be found instead.
  auto items = find_unlocked(service, attributes_of_server(credential.server));
  if (!items) return base::fail(items.error());
  for (const Item& each : *items)
    if (each.path != *created)
      if (auto removed = service.remove_item(each.path); !removed) return removed;
  return base::Ok{};
}

base::Outcome get(SecretService& service, const std::string& server) {
  auto item = find_readable_item(service, attributes_of_server(server));
  if (!item) return base::fail(item.error());
  auto secret = service.secret(item->path);
  if (!secret) return base::fail(secret.error());
  if (!base::is_utf8(secret->bytes.text()))
    return base::fail(base::Code::damaged, "the stored secret is not text");
  return print_line({{"ServerURL", server},
                     {"Username", attribute(*item, "username")},
                     {"Secret", secret->bytes.text()}});
}

base::Outcome erase(SecretService& service, const std::string& server) {
  auto items = find_unlocked(service, attributes_of_server(server));
  if (!items) return base::fail(items.error());
  for (const Item& item : *items)
    if (auto removed = service.remove_item(item.path); !removed) return removed;
  return base::Ok{};
}

base::Outcome list(SecretService& service) {
  Json users = Json::object();
  auto items = find_unlocked(service, common_attributes());
  if (!items && items.error().code != base::Code::no_such_item) return base::fail(items.error());
  if (items)
    for (const Item& item : *items) users[attribute(item, "server")] = attribute(item, "username");
  return print_line(users);
}

base::Outcome run_on_server(SecretService& service, std::string_view operation,
                            std::string_view input) {
  auto server = parse_docker_server(input);
  if (!server) return base::fail(server.error());
  return operation == "get" ? get(service, *server) : erase(service, *server);
}

}  // namespace

base::Result<DockerCredential> parse_docker_credential(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  const auto text_at = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_string()
               ? json[key].get<std::string>()
               : std::string();
  };
  DockerCredential credential{text_at("ServerURL"), text_at("Username"), Secret(text_at("Secret"))};
  if (!json.is_object()) return base::fail(base::Code::invalid, "the credentials are not JSON");
  if (credential.server.empty() || !base::is_utf8(credential.server))
    return base::fail(base::Code::invalid, "no credentials server URL");
  if (credential.username.empty() || !base::is_utf8(credential.username))
    return base::fail(base::Code::invalid, "no credentials username");
  return credential;
}

base::Result<std::string> parse_docker_server(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos)
    return base::fail(base::Code::invalid, "no credentials server URL");
  std::string server(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
  if (!base::is_utf8(server))
    return base::fail(base::Code::invalid, "the server URL is not valid UTF-8");
  return server;
}

Attributes docker_attributes(const DockerCredential& credential) {
  Attributes attributes = attributes_of_server(credential.server);
  attributes["username"] = credential.username;
  return attributes;
}

base::Outcome run_docker_credential(std::string_view operation) {
  const bool known =
      operation == "store" || operation == "get" || operation == "erase" || operation == "list";
  if (!known)
    return base::fail(base::Code::invalid,
                      fmt::format("unknown credential action \"{}\"", operation));
  base::Result<Secret> input = Secret();
  if (operation != "list") input = read_input();
  if (!input) return base::fail(input.error());
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  if (operation == "list") return list(*service);
  if (operation != "store") return run_on_server(*service, operation, input->text());
  auto credential = parse_docker_credential(input->text());
  if (!credential) return base::fail(credential.error());
  return store(*service, *std::move(credential));
}

std::string docker_message(const base::Error& error) {
  return error.code == base::Code::no_such_item ? "credentials not found in native keychain"
                                                : error.what;
}

}  // namespace cli
