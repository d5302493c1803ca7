#include "vault/connection.h"

namespace vault {
namespace {

// Answers with `reply` when a change is durable.
template <class M>
Vault::Done answering(ipc::Answer<M> answer, typename M::Reply reply = {}) {
  auto shared = std::make_shared<ipc::Answer<M>>(std::move(answer));
  return [shared, reply](base::Outcome outcome) {
    if (outcome)
      (*shared)(reply);
    else
      (*shared)(base::fail(outcome.error()));
  };
}

bool is_sorted_set(const ipc::Attributes& attributes) {
  const auto& items = attributes.items;
  return std::adjacent_find(items.begin(), items.end(), [](const auto& a, const auto& b) {
           return a.name.value >= b.name.value;
         }) == items.end();
}

base::Failure<base::Error> unsorted() {
  return base::fail(base::Code::invalid,
                    "an attribute's name occurs twice, or the set is not in order");
}

}  // namespace

Connection::Connection(Vault& vault)
    : vault_(vault),
      sessions_(vault.arena(), vault.settings().plain_sessions),
      on_change_(std::make_shared<std::function<void()>>([this] { answer_parked(); })) {
  vault.on_change(on_change_);
}

// Readings must not outlive the arena.
Connection::~Connection() {
  alive_.reset();  // nobody is answered any more
  for (const auto& reading : readings_)
    if (const auto waiting = reading.lock())
      waiting->give_up(base::Code::unavailable, "the connection ends");
}

base::Result<SecretBytes> Connection::receive(wire::ClientId client, wire::SessionId session,
                                              const wire::Secret& secret) {
  auto found = sessions_.find(client, session);
  if (!found) return base::fail(found.error());
  return (*found)->receive(secret, vault_.arena());
}

base::Result<Collection*> Connection::collection(CollectionId id) {
  if (Collection* found = vault_.find(id)) return found;
  return base::fail(base::Code::no_such_collection, "the collection does not exist");
}

// --- Sessions -----------------------------------------------------------------------------------

void Connection::on(wire::OpenSession request, Answer<wire::OpenSession> answer) {
  answer(sessions_.open(request));
  sodium_stackzero(16 * 1024);
}

void Connection::on(wire::CloseSession request, Answer<wire::CloseSession> answer) {
  answering(std::move(answer))(sessions_.close(request.client, request.session));
}

void Connection::on(wire::ForgetClient request, Answer<wire::ForgetClient> answer) {
  sessions_.forget(request.client);
  answer(ipc::Nothing{});
}

void Connection::on(wire::WorkNear request, Answer<wire::WorkNear> answer) {
  if (request.processor.value)
    vault_.processors().stay_on(*request.processor.value);
  else
    vault_.processors().roam();
  answer(ipc::Nothing{});
}

// --- What there is ------------------------------------------------------------------------------

void Connection::on(wire::AwaitChange request, Answer<wire::AwaitChange> answer) {
  if (request.seen != vault_.revision()) return answer(vault_.state());
  if (parked_.size() >= kMaxParked)
    return answer(base::fail(base::Code::limits_exceeded, "too many are waiting"));
  parked_.push_back(std::move(answer));
}

void Connection::answer_parked() {
  for (auto& answer : std::exchange(parked_, {})) answer(vault_.state());
}

void Connection::on(wire::ListItems request, Answer<wire::ListItems> answer) {
  auto found = collection(request.collection);
  if (!found) return answer(base::fail(found.error()));
  answer(wire::ListItems::Reply{{(*found)->numbers()}});
}

void Connection::on(wire::ReadItem request, Answer<wire::ReadItem> answer) {
  auto found = collection(request.item.collection);
  if (!found) return answer(base::fail(found.error()));
  auto item = (*found)->open(request.item.number);
  if (!item && item.error().code == base::Code::locked) return answer(wire::ReadItem::Reply{});
  if (!item) return answer(base::fail(item.error()));
  ItemDetails& details = item->details;
  answer(wire::ReadItem::Reply{false, std::move(details.label), std::move(details.attributes),
                               details.created, details.modified});
}

void Connection::on(wire::SearchItems request, Answer<wire::SearchItems> answer) {
  if (!is_sorted_set(request.attributes)) return answer(unsorted());
  wire::SearchItems::Reply reply;
  const auto ids =
      request.collection.value ? std::vector{*request.collection.value} : vault_.collections();
  for (const CollectionId id : ids) {
    auto found = collection(id);
    if (!found) return answer(base::fail(found.error()));
    auto& into = (*found)->is_locked() ? reply.locked : reply.unlocked;
    for (const std::uint64_t number : (*found)->search(request.attributes))
      into.items.push_back({id, number});
  }
  answer(std::move(reply));
}

// --- Items --------------------------------------------------------------------------------------

void Connection::on(wire::ReadSecret request, Answer<wire::ReadSecret> answer) {
  auto session = sessions_.find(request.client, request.session);
  if (!session) return answer(base::fail(session.error()));
  auto found = collection(request.item.collection);
  if (!found) return answer(base::fail(found.error()));
  auto item = (*found)->open(request.item.number);
  if (!item) return answer(base::fail(item.error()));
  auto sent = (*session)->send(item->secret(), item->details.content_type.value, vault_.arena());
  if (!sent) return answer(base::fail(sent.error()));
  answer(wire::ReadSecret::Reply{*std::move(sent)});
}

void Connection::on(wire::CreateItem request, Answer<wire::CreateItem> answer) {
  auto found = collection(request.collection);
  if (!found) return answer(base::fail(found.error()));
  Collection& into = **found;
  if (into.is_locked()) return answer(base::fail(base::Code::locked, "the collection is locked"));
  if (!is_sorted_set(request.attributes)) return answer(unsorted());
  auto secret = receive(request.client, request.session, request.secret);
  if (!secret) return answer(base::fail(secret.error()));

  ItemDetails details{std::move(request.label), std::move(request.attributes), now(), now(),
                      std::move(request.secret.content_type)};
  wire::CreateItem::Reply reply{{request.collection, 0}, false, details.modified};
  base::Result<store::Write> write = base::fail(base::Code::internal, "");
  const auto equal = request.replace ? into.find_equal(details.attributes) : std::nullopt;
  if (equal) {
    if (auto before = into.open(*equal)) details.created = before->details.created;
    reply.item.number = *equal;
    reply.replaced = true;
    write = into.replace(*equal, details, secret->expose());
  } else if (auto added = into.add(std::move(details), secret->expose())) {
    reply.item.number = added->first;
    write = std::move(added->second);
  } else {
    write = base::fail(added.error());
  }
  vault_.commit(request.collection, std::move(write), answering(std::move(answer), reply));
}

void Connection::on(wire::WriteSecret request, Answer<wire::WriteSecret> answer) {
  auto found = collection(request.item.collection);
  if (!found) return answer(base::fail(found.error()));
  auto item = (*found)->open(request.item.number);
  if (!item) return answer(base::fail(item.error()));
  auto secret = receive(request.client, request.session, request.secret);
  if (!secret) return answer(base::fail(secret.error()));
  item->details.modified = now();
  item->details.content_type = std::move(request.secret.content_type);
  vault_.commit(request.item.collection,
                (*found)->replace(request.item.number, item->details, secret->expose()),
                answering(std::move(answer), {item->details.modified}));
}

void Connection::on(wire::EditItem request, Answer<wire::EditItem> answer) {
  auto found = collection(request.item.collection);
  if (!found) return answer(base::fail(found.error()));
  auto item = (*found)->open(request.item.number);
  if (!item) return answer(base::fail(item.error()));
  if (request.attributes.value && !is_sorted_set(*request.attributes.value))
    return answer(unsorted());
  if (request.label.value) item->details.label = *std::move(request.label.value);
  if (request.attributes.value) item->details.attributes = *std::move(request.attributes.value);
  item->details.modified = now();
  vault_.commit(request.item.collection,
                (*found)->replace(request.item.number, item->details, item->secret()),
                answering(std::move(answer), {item->details.modified}));
}

void Connection::on(wire::DeleteItem request, Answer<wire::DeleteItem> answer) {
  auto found = collection(request.item.collection);
  if (!found) return answer(base::fail(found.error()));
  vault_.commit(request.item.collection, (*found)->erase(request.item.number),
                answering(std::move(answer)));
}

// --- Collections --------------------------------------------------------------------------------

void Connection::on(wire::Lock request, Answer<wire::Lock> answer) {
  if (auto found = collection(request.collection); !found) return answer(base::fail(found.error()));
  vault_.lock(request.collection);
  answer(ipc::Nothing{});
}

void Connection::on(wire::Unlock request, Answer<wire::Unlock> answer) {
  if (!request.password.value)
    return vault_.unlock_passwordless(request.collection, answering(std::move(answer)));
  auto password = passwords_.take(*request.password.value);
  if (!password) return answer(base::fail(password.error()));
  vault_.unlock(request.collection, *std::move(password), answering(std::move(answer)));
}

void Connection::on(wire::ChangePassword request, Answer<wire::ChangePassword> answer) {
  auto after = passwords_.take(request.after);
  auto before = request.before.value ? passwords_.take(*request.before.value) : SecretBytes();
  if (!after || !before)
    return answer(base::fail(base::Code::invalid, "the password was used already"));
  vault_.change_password(request.collection, *std::move(before), *std::move(after),
                         answering(std::move(answer)));
}

void Connection::on(wire::CheckPassword request, Answer<wire::CheckPassword> answer) {
  auto copy = passwords_.copy(request.password, vault_.arena());
  if (!copy) return answer(base::fail(copy.error()));
  vault_.check_password(request.collection, *std::move(copy),
                        [this, alive = std::weak_ptr(alive_), id = request.password,
                         done = answering(std::move(answer))](base::Outcome outcome) {
                          if (!outcome && !alive.expired()) passwords_.drop(id);
                          done(std::move(outcome));
                        });
}

void Connection::on(wire::CreateCollection request, Answer<wire::CreateCollection> answer) {
  auto password = passwords_.take(request.password);
  if (!password) return answer(base::fail(password.error()));
  auto shared = std::make_shared<Answer<wire::CreateCollection>>(std::move(answer));
  vault_.create(request.label.value, *std::move(password),
                [shared](base::Result<CollectionId> created) {
                  if (created)
                    (*shared)(wire::CreateCollection::Reply{*created});
                  else
                    (*shared)(base::fail(created.error()));
                });
}

void Connection::on(wire::EditCollection request, Answer<wire::EditCollection> answer) {
  vault_.rename(request.collection, request.label.value, answering(std::move(answer)));
}

void Connection::on(wire::DeleteCollection request, Answer<wire::DeleteCollection> answer) {
  vault_.remove(request.collection, answering(std::move(answer)));
}

void Connection::on(wire::SetAlias request, Answer<wire::SetAlias> answer) {
  vault_.set_alias(request.alias.value, request.collection.value, answering(std::move(answer)));
}

static_assert(ipc::answers_all<Connection, wire::Protocol>);

}  // namespace vault
