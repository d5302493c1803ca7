#include "vault/service.h"

#include "base/log.h"
#include "vault/locator_key.h"
#include "vault/password_reader.h"

namespace vault {

Service::Service(base::EventLoop& loop, const Started& started, base::UniqueFd broker)
    : loop_(loop),
      started_(started),
      store_(loop, std::move(broker), [&loop](std::string) { loop.stop(); }) {}

int Service::run() {
  store_.call(started_.report, [this](auto reply) {
    if (reply)
      start(*std::move(reply));
    else
      give_up(reply.error().what);
  });
  loop_.run();
  return status_;
}

void Service::give_up(const std::string& why) {
  base::log::error("cannot start: {}", why);
  status_ = 1;
  loop_.stop();
}

void Service::start(store::Start::Reply reply) {
  auto locator_key = read_locator_key(reply.locator_key.value, *started_.arena);
  if (!locator_key) return give_up(locator_key.error().what);
  const Surroundings around{loop_,           *started_.arena,     *started_.worker,
                            store_,          started_.processors, started_.handover.get(),
                            reply.import_due};
  vault_ = std::make_unique<Vault>(around, reply.settings, *std::move(locator_key));
  logins_.emplace(*vault_);
  vault_->load([this](base::Outcome loaded) {
    if (!loaded) return give_up(loaded.error().what);
    await_orders();
  });
}

void Service::await_orders() {
  store_.call(store::Await{}, [this](auto reply) {
    if (!reply) return loop_.stop();
    // Asking again tells the broker that this one arrived: not before it was taken.
    loop_.defer([this] { await_orders(); });
    switch (reply->order) {
      case store::Await::Order::serve:
        return serve(std::move(reply->descriptor.value));
      case store::Await::Order::password:
        return take_password(std::move(reply->descriptor.value));
      case store::Await::Order::login:
      case store::Await::Order::login_by_root:
        return logins_->serve(std::move(reply->descriptor.value), reply->protocol,
                              reply->order == store::Await::Order::login_by_root);
      case store::Await::Order::pinentry:
        return vault_->pinentries().add({reply->number}, std::move(reply->descriptor.value));
    }
  });
}

void Service::serve(base::UniqueFd socket) {
  const auto at = frontends_.emplace(frontends_.end(), *vault_);
  at->server = std::make_unique<ipc::Server<wire::Protocol, Connection>>(
      loop_, std::move(socket), at->connection, [this, at](std::string why) {
        base::log::info("a frontend left: {}", why);
        loop_.defer([this, at] { frontends_.erase(at); });
      });
}

void Service::take_password(base::UniqueFd password) {
  PasswordReader::read(
      loop_, *started_.arena, std::move(password), [this](base::Result<SecretBytes> read) {
        if (!read) return base::log::error("login: {}", read.error().what);
        if (read->size() == 0)
          return base::log::warning("login: no password was given; nothing is unlocked");
        vault_->login(*std::move(read), {.may_create = true, .vouched_for = true}, [](auto) {});
      });
}

}  // namespace vault
