// Secrets for the Secret portal.
#include "vault/connection.h"

namespace vault {

void Connection::on(wire::FindPortalSecret request, Answer<wire::FindPortalSecret> answer) {
  auto found = vault_.portal_secrets().find(request.application);
  if (!found) return answer(base::fail(found.error()));
  answer(wire::FindPortalSecret::Reply{{std::move(found->locked)},
                                       found->item.has_value(),
                                       found->recorded,
                                       found->foreign,
                                       {std::move(found->source)}});
}

void Connection::on(wire::AdoptPortalSecret request, Answer<wire::AdoptPortalSecret> answer) {
  const auto shared = std::make_shared<Answer<wire::AdoptPortalSecret>>(std::move(answer));
  vault_.portal_secrets().adopt(request.application,
                                [shared](auto outcome) { (*shared)(std::move(outcome)); });
}

void Connection::on(wire::MakePortalSecret request, Answer<wire::MakePortalSecret> answer) {
  const auto shared = std::make_shared<Answer<wire::MakePortalSecret>>(std::move(answer));
  vault_.portal_secrets().make(request.application,
                               [shared](auto outcome) { (*shared)(std::move(outcome)); });
}

void Connection::on(wire::WritePortalSecret request, Answer<wire::WritePortalSecret> answer) {
  const auto shared = std::make_shared<Answer<wire::WritePortalSecret>>(std::move(answer));
  vault_.portal_secrets().write(request.application, std::move(request.to.value),
                                [shared](base::Outcome outcome) {
                                  if (outcome)
                                    (*shared)(ipc::Nothing{});
                                  else
                                    (*shared)(base::fail(outcome.error()));
                                });
}

}  // namespace vault
