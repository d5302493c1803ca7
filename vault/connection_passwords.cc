// Passwords as they arrive: through sessions, from descriptors, from the system prompter, and of
// logins.
#include "vault/connection.h"
#include "vault/password_reader.h"

namespace vault {
namespace {

constexpr std::size_t kMaxExchanges = 16;
constexpr std::size_t kMaxReadings = 32;  // that wait for their strangers

}  // namespace

base::Result<wire::Password> Connection::keep(base::Result<SecretBytes> password) {
  if (!password) return base::fail(password.error());
  if (password->size() > kMaxPassword)
    return base::fail(base::Code::limits_exceeded, "a password may be at most 4096 bytes");
  return passwords_.keep(*std::move(password));
}

void Connection::on(wire::ReceivePassword request, Answer<wire::ReceivePassword> answer) {
  answer(keep(receive(request.client, request.session, request.password)));
}

void Connection::on(wire::ReadPassword request, Answer<wire::ReadPassword> answer) {
  auto shared = std::make_shared<Answer<wire::ReadPassword>>(std::move(answer));
  if (!vault_.handover())
    return (*shared)(base::fail(base::Code::not_supported, "this vault reads no passwords"));
  const auto reading = PasswordReader::read_from_stranger(
      vault_.loop(), vault_.arena(), *vault_.handover(), std::move(request.from.value),
      [this, alive = std::weak_ptr(alive_), shared](auto password) {
        if (!alive.expired()) (*shared)(keep(std::move(password)));
      });
  if (!reading) return;
  std::erase_if(readings_, [](const auto& other) { return other.expired(); });
  // Whoever has sent his password already waits for nobody: the one that has waited longest goes.
  if (readings_.size() >= kMaxReadings)
    if (const auto longest = readings_.front().lock())
      longest->give_up(base::Code::busy, "too many passwords are waited for; try again");
  readings_.push_back(reading);
}

void Connection::on(wire::BeginExchange request, Answer<wire::BeginExchange> answer) {
  if (exchanges_.size() >= kMaxExchanges)
    return answer(base::fail(base::Code::limits_exceeded, "too many prompts are being shown"));
  auto begun = PromptExchange::begin(request.theirs.value, vault_.arena());
  sodium_stackzero(16 * 1024);
  if (!begun) return answer(base::fail(begun.error()));
  wire::BeginExchange::Reply reply{{++last_exchange_}, {begun->ours()}};
  exchanges_.emplace(reply.exchange, *std::move(begun));
  answer(std::move(reply));
}

void Connection::on(wire::ReceiveAnswer request, Answer<wire::ReceiveAnswer> answer) {
  const auto at = exchanges_.find(request.exchange);
  if (at == exchanges_.end())
    return answer(base::fail(base::Code::invalid, "there is no such exchange"));
  answer(keep(at->second.receive(request.theirs.value, vault_.arena())));
}

void Connection::on(wire::EndExchange request, Answer<wire::EndExchange> answer) {
  exchanges_.erase(request.exchange);
  answer(ipc::Nothing{});
}

void Connection::on(wire::DropPassword request, Answer<wire::DropPassword> answer) {
  passwords_.drop(request.password);
  answer(ipc::Nothing{});
}

void Connection::on(wire::AskPinentry request, Answer<wire::AskPinentry> answer) {
  auto shared = std::make_shared<Answer<wire::AskPinentry>>(std::move(answer));
  const bool confirms = request.kind == wire::AskPinentry::Kind::confirmation;
  vault_.pinentries().ask(request, [this, alive = std::weak_ptr(alive_), shared,
                                    confirms](base::Result<std::optional<SecretBytes>> typed) {
    if (!typed) return (*shared)(base::fail(typed.error()));
    if (!*typed) return (*shared)(wire::AskPinentry::Reply{});
    if (confirms) return (*shared)(wire::AskPinentry::Reply{true, {}});
    if (alive.expired()) return;
    auto kept = keep(*std::move(*typed));
    if (!kept) return (*shared)(base::fail(kept.error()));
    (*shared)(wire::AskPinentry::Reply{true, *kept});
  });
}

void Connection::on(wire::ClosePinentry request, Answer<wire::ClosePinentry> answer) {
  vault_.pinentries().close(request.pinentry);
  answer(ipc::Nothing{});
}

}  // namespace vault
