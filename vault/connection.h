// One frontend's connection: its clients' sessions, and the answers to its requests.
#pragma once

#include <deque>

#include "ipc/server.h"
#include "vault/password_reader.h"
#include "vault/passwords.h"
#include "vault/prompt_exchange.h"
#include "vault/vault.h"

namespace vault {

// Translates between what crosses the session (ciphertext) and what the vault works with. Handles
// every request of ipc::vault::Protocol.
class Connection {
 public:
  explicit Connection(Vault& vault);
  ~Connection();

  template <class M>
  using Answer = ipc::Answer<M>;

  void on(wire::OpenSession request, Answer<wire::OpenSession> answer);
  void on(wire::CloseSession request, Answer<wire::CloseSession> answer);
  void on(wire::ForgetClient request, Answer<wire::ForgetClient> answer);
  void on(wire::AwaitChange request, Answer<wire::AwaitChange> answer);
  void on(wire::ListItems request, Answer<wire::ListItems> answer);
  void on(wire::ReadItem request, Answer<wire::ReadItem> answer);
  void on(wire::SearchItems request, Answer<wire::SearchItems> answer);
  void on(wire::ReadSecret request, Answer<wire::ReadSecret> answer);
  void on(wire::CreateItem request, Answer<wire::CreateItem> answer);
  void on(wire::WriteSecret request, Answer<wire::WriteSecret> answer);
  void on(wire::EditItem request, Answer<wire::EditItem> answer);
  void on(wire::DeleteItem request, Answer<wire::DeleteItem> answer);
  void on(wire::Lock request, Answer<wire::Lock> answer);
  void on(wire::Unlock request, Answer<wire::Unlock> answer);
  void on(wire::CreateCollection request, Answer<wire::CreateCollection> answer);
  void on(wire::EditCollection request, Answer<wire::EditCollection> answer);
  void on(wire::DeleteCollection request, Answer<wire::DeleteCollection> answer);
  void on(wire::SetAlias request, Answer<wire::SetAlias> answer);
  void on(wire::ChangePassword request, Answer<wire::ChangePassword> answer);
  void on(wire::CheckPassword request, Answer<wire::CheckPassword> answer);
  void on(wire::WorkNear request, Answer<wire::WorkNear> answer);
  // connection_passwords.cc
  void on(wire::ReceivePassword request, Answer<wire::ReceivePassword> answer);
  void on(wire::ReadPassword request, Answer<wire::ReadPassword> answer);
  void on(wire::BeginExchange request, Answer<wire::BeginExchange> answer);
  void on(wire::ReceiveAnswer request, Answer<wire::ReceiveAnswer> answer);
  void on(wire::EndExchange request, Answer<wire::EndExchange> answer);
  void on(wire::DropPassword request, Answer<wire::DropPassword> answer);
  void on(wire::AskPinentry request, Answer<wire::AskPinentry> answer);
  void on(wire::ClosePinentry request, Answer<wire::ClosePinentry> answer);
  // connection_portal.cc
  void on(wire::FindPortalSecret request, Answer<wire::FindPortalSecret> answer);
  void on(wire::MakePortalSecret request, Answer<wire::MakePortalSecret> answer);
  void on(wire::AdoptPortalSecret request, Answer<wire::AdoptPortalSecret> answer);
  void on(wire::WritePortalSecret request, Answer<wire::WritePortalSecret> answer);

 private:
  static constexpr std::size_t kMaxParked = 16;

  base::Result<SecretBytes> receive(wire::ClientId client, wire::SessionId session,
                                    const wire::Secret& secret);
  base::Result<wire::Password> keep(base::Result<SecretBytes> password);
  base::Result<Collection*> collection(CollectionId id);
  void answer_parked();

  Vault& vault_;
  Sessions sessions_;
  Passwords passwords_;
  std::deque<std::weak_ptr<PasswordReader>> readings_;  // the oldest first
  std::map<wire::ExchangeId, PromptExchange> exchanges_;
  std::uint64_t last_exchange_ = 0;
  std::vector<Answer<wire::AwaitChange>> parked_;
  std::shared_ptr<std::function<void()>> on_change_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for answers that come later
};

}  // namespace vault
