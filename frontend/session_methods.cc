// Sessions and prompts: objects that belong to one client.
#include "frontend/names.h"
#include "frontend/service.h"

namespace frontend {
namespace {

constexpr std::string_view kPlain = "plain";
constexpr std::string_view kDh = "dh-ietf1024-sha256-aes128-cbc-pkcs7";

}  // namespace

// --- Sessions
// -------------------------------------------------------------------------------------

void Service::open_session(Call call, const Path&) {
  Reader arguments = call.arguments();
  const std::string algorithm = arguments.text();
  wire::OpenSession request{client_of(call), wire::Algorithm::plain, {}};
  if (algorithm == kDh)
    request.algorithm = wire::Algorithm::dh_ietf1024_sha256_aes128_cbc_pkcs7;
  else if (algorithm != kPlain)
    return call.error(
        {base::Code::not_supported, "The algorithm “" + algorithm + "” is not supported"});
  const bool plain = request.algorithm == wire::Algorithm::plain;
  bool fitting = false;
  arguments.variant([&](Reader& value, std::string_view signature) {
    if (plain && signature == "s") fitting = value.text().empty();
    if (!plain && signature == "ay") {
      request.public_key.value = value.byte_array();
      fitting = true;
    }
  });
  if (!fitting || !arguments.ok())
    return call.invalid("The session algorithm input argument was invalid");
  ask(call, std::move(request), [this, call, plain](wire::OpenSession::Reply opened) {
    const auto number = clients_.add_session(std::string(call.message().sender()), opened.session);
    call.reply([&](Writer& writer) {
      if (plain)
        writer.variant("s", [](Writer& value) { value.text(""); });
      else
        writer.variant("ay", [&](Writer& value) { value.byte_array(opened.public_key.value); });
      writer.path(session_path(number));
    });
  });
}

void Service::close_session(Call call, const Path& path) {
  const auto number = std::get<SessionPath>(path).number;
  const auto* session = clients_.session(number);
  if (session->owner != call.message().sender())
    return call.error(dbus_error::kAccessDenied, "The session belongs to another client");
  const wire::CloseSession request{client_of(call), session->session};
  clients_.remove_session(number);
  ask(call, request, [call](ipc::Nothing) { call.reply(); });
}

std::optional<wire::SessionId> Service::session_of(const Call& call, const std::string& path) {
  const Path parsed = parse_path(path);
  const auto* number = std::get_if<SessionPath>(&parsed);
  const auto* session = number ? clients_.session(number->number) : nullptr;
  if (!session || session->owner != call.message().sender()) {
    call.error(dbus_error::kNoSession, "The session does not exist");
    return std::nullopt;
  }
  return session->session;
}

// --- Prompts
// --------------------------------------------------------------------------------------

std::optional<std::string> Service::make_prompt(const Call& call, Work work) {
  client_of(call);  // so that we hear when it leaves
  const auto number = prompts_.add(std::string(call.message().sender()), std::move(work));
  if (!number) return call.error(number.error()), std::nullopt;
  return prompt_path(*number);
}

void Service::prompt(Call call, const Path& path) {
  const auto number = std::get<PromptPath>(path).number;
  if (*prompts_.owner(number) != call.message().sender())
    return call.error(dbus_error::kAccessDenied, "The prompt belongs to another client");
  if (auto started = prompts_.start(number, call.arguments().text()); !started)
    return call.error(started.error());
  call.reply();
}

void Service::dismiss(Call call, const Path& path) {
  const auto number = std::get<PromptPath>(path).number;
  if (*prompts_.owner(number) != call.message().sender())
    return call.error(dbus_error::kAccessDenied, "The prompt belongs to another client");
  call.reply();
  prompts_.dismiss(number);
}

}  // namespace frontend
