#include "cli/cargo_credential.h"

#include <fmt/format.h>

#include <iostream>

#include "cli/find.h"
#include "cli/terminal.h"

namespace cli {
namespace {

std::string text_or_empty(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

Attributes attributes_of(const CargoRequest& request) {
  return {{"url", request.index_url}, {"xdg:schema", "org.rust-lang.cargo.registry"}};
}

Json success(const char* kind) { return {{"Ok", {{"kind", kind}}}}; }

base::Result<Json> get(SecretService& service, const CargoRequest& request) {
  auto item = find_readable_item(service, attributes_of(request));
  if (!item) return base::fail(item.error());
  auto secret = service.secret(item->path);
  if (!secret) return base::fail(secret.error());
  if (!base::is_utf8(secret->bytes.text()))
    return base::fail(base::Code::damaged, "the stored token is not text");
  return cargo_token(secret->bytes);
}

base::Result<Secret> ask_for_token(const CargoRequest& request) {
  const std::string& registry = request.name.empty() ? request.index_url : request.name;
  return ask_hidden(request.login_url.empty()
                        ? fmt::format("Token for {}: ", registry)
                        : fmt::format("Token for {}, from {}: ", registry, request.login_url));
}

base::Result<Json> login(SecretService& service, CargoRequest request) {
  if (!request.token) {
    auto asked = ask_for_token(request);
    if (!asked) return base::fail(asked.error());
    request.token = *std::move(asked);
  }
  if (request.token->empty()) return base::fail(base::Code::invalid, "the token is empty");
  auto collection = find_collection(service, kDefaultCollection);
  if (!collection) return base::fail(collection.error());
  if (auto opened = service.unlock({*collection}); !opened) return base::fail(opened.error());
  NewItem item;
  item.label =
      fmt::format("cargo-registry:{}", request.name.empty() ? request.index_url : request.name);
  item.attributes = attributes_of(request);
  item.secret.bytes = *std::move(request.token);
  auto created = service.create_item(*collection, item);
  if (!created) return base::fail(created.error());
  return success("login");
}

base::Result<Json> logout(SecretService& service, const CargoRequest& request) {
  auto items = find_items(service, attributes_of(request));
  if (!items) return base::fail(items.error());
  items = unlocked(service, *std::move(items));
  if (!items) return base::fail(items.error());
  for (const Item& item : *items)
    if (auto removed = service.remove_item(item.path); !removed) return base::fail(removed.error());
  return success("logout");
}

base::Result<Json> answer(std::string_view line) {
  auto request = parse_cargo_request(line);
  if (!request) return base::fail(request.error());
  const std::string kind = request->kind;
  if (kind != "get" && kind != "login" && kind != "logout")
    return base::fail(base::Code::not_supported, fmt::format("\"{}\" is not known here", kind));
  auto service = SecretService::connect();
  if (!service) return base::fail(service.error());
  if (kind == "get") return get(*service, *request);
  return kind == "login" ? login(*service, *std::move(request)) : logout(*service, *request);
}

}  // namespace

base::Result<CargoRequest> parse_cargo_request(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  const auto invalid = [] {
    return base::fail(base::Code::invalid, "this is not a request of Cargo's protocol, version 1");
  };
  if (!json.is_object() || !json.contains("v") || json["v"] != 1) return invalid();
  if (!json.contains("registry") || !json["registry"].is_object()) return invalid();
  CargoRequest request{.kind = text_or_empty(json, "kind"),
                       .index_url = text_or_empty(json["registry"], "index-url"),
                       .name = text_or_empty(json["registry"], "name"),
                       .token = {},
                       .login_url = text_or_empty(json, "login-url")};
  // JSON can hold a NUL, and D-Bus cannot.
  if (request.kind.empty() || request.index_url.empty() || !base::is_utf8(request.index_url) ||
      !base::is_utf8(request.name))
    return invalid();
  if (json.contains("token") && json["token"].is_string())
    request.token = Secret(std::string_view(json["token"].get_ref<const std::string&>()));
  return request;
}

Json cargo_failure(const base::Error& error) {
  const char* kind = "other";
  if (error.code == base::Code::no_such_item) kind = "not-found";
  if (error.code == base::Code::not_supported) kind = "operation-not-supported";
  return {{"Err", {{"kind", kind}, {"message", error.what}}}};
}

Json cargo_token(const Secret& token) {
  return {{"Ok",
           {{"kind", "get"},
            {"token", token.text()},
            {"cache", "session"},
            {"operation_independent", true}}}};
}

base::Outcome run_cargo_credential() {
  const auto say = [](const Json& message) {
    const std::string line = message.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    return write_output(base::bytes_of(line));
  };
  if (auto said = say({{"v", {1}}}); !said) return said;
  for (std::string line; std::getline(std::cin, line);) {
    auto answered = answer(line);
    auto said = say(answered ? *answered : cargo_failure(answered.error()));
    if (!said) return said;
  }
  return base::Ok{};
}

}  // namespace cli
