#include "vault/kept_session.h"

#include <algorithm>

#include "base/log.h"

namespace vault {
namespace {

constexpr std::uint64_t kKeyRow = 0;                           // items' numbers begin with 1
constexpr std::uint64_t kLastNumber = std::uint64_t{1} << 39;  // of an item that is taken in

}  // namespace

void KeptSession::load(Collection& session, Done done) {
  session_ = &session;
  if (!is_wanted_) return done();
  load_after(0, [this, done = std::move(done)] {
    std::sort(loaded_.begin(), loaded_.end(),
              [](const auto& a, const auto& b) { return a.version > b.version; });
    for (const store::Row& row : loaded_) session_->reserve(row.number);
    done();
  });
}

void KeptSession::load_after(std::uint64_t after, Done done) {
  store_.call(store::LoadSessionRows{after},
              [this, after, done = std::move(done)](auto reply) mutable {
                if (!reply) {
                  base::log::error("session items are not kept: {}", reply.error().what);
                  is_wanted_ = false;
                  return done();
                }
                for (store::Row& row : reply->rows.items)
                  if (row.number <= kLastNumber && loaded_.size() < kMaxRows)
                    loaded_.push_back(std::move(row));
                if (!reply->more || reply->last <= after || loaded_.size() == kMaxRows)
                  return done();
                load_after(reply->last, std::move(done));
              });
}

bool KeptSession::login_is_open(const Collection& login) {
  if (!is_wanted_ || !session_) return false;
  const auto wrapping = login.key_for_session();
  base::Outcome ready = wrapping ? base::Outcome(base::Ok{}) : base::fail(wrapping.error());
  const std::size_t before = session_->numbers().size();
  if (ready && !is_kept_) ready = restore(*wrapping);
  if (!ready) {
    base::log::error("session items are not kept: {}", ready.error().what);
    return false;
  }
  is_kept_ = true;
  // Each time: it may be another `login` than the last.
  key_row_ = ipc::encode(session_->wrapped_key(*wrapping));
  unsent_.insert(kKeyRow);
  send_next();
  return session_->numbers().size() > before;
}

// --- What comes back ----------------------------------------------------------------------------

// On failure everything is as it was, and the next time that `login` opens is another chance.
base::Outcome KeptSession::restore(const SecretBytes& wrapping) {
  auto kept = kept_one(wrapping);
  if (!kept) return base::fail(kept.error());
  const Collection::Numbers present = session_->numbers();
  if (*kept) {
    if (auto taken = take_in_kept(**kept); !taken) return taken;
    if (auto taken = take_in_present(**kept); !taken) return taken;
    session_->go_on_as(std::move(**kept));
  }
  unsent_.insert(present.begin(), present.end());
  std::size_t lost = 0;
  for (const store::Row& row : loaded_)
    if (!session_->has(row.number) && unsent_.insert(row.number).second && row.number != kKeyRow)
      ++lost;
  if (lost > 0)
    base::log::error(
        "{} session items that were kept are altered, or not of this login; they are forgotten",
        lost);
  loaded_.clear();
  return base::Ok{};
}

// The collection that is kept, still empty; nothing unless its key is there, and of this `login`.
base::Result<std::optional<Collection>> KeptSession::kept_one(const SecretBytes& wrapping) const {
  for (const store::Row& row : loaded_) {
    const auto kept = row.number == kKeyRow ? ipc::decode<KeptKey>(row.box.value) : std::nullopt;
    if (!kept) continue;
    auto keys = unwrap(kept->slot, kept->uuid, wrapping, arena_);
    if (keys) return std::optional(session_->empty_with(kept->uuid, *std::move(keys)));
    if (keys.error().code != base::Code::wrong_password) return base::fail(keys.error());
  }
  return std::optional<Collection>();
}

base::Outcome KeptSession::take_in_kept(Collection& into) {
  for (const store::Row& row : loaded_) {
    if (row.number == kKeyRow || session_->has(row.number)) continue;
    auto restored = into.restore(row);
    if (!restored && restored.error().code != base::Code::damaged) return restored;
  }
  return base::Ok{};
}

// In the order in which they were written, which searches tell.
base::Outcome KeptSession::take_in_present(Collection& into) const {
  Collection::Numbers numbers = session_->search({});
  std::reverse(numbers.begin(), numbers.end());
  for (const std::uint64_t number : numbers) {
    auto item = session_->open(number);
    if (!item) return base::fail(item.error());
    auto added = into.add_as(number, item->details, item->secret());
    if (!added) return base::fail(added.error());
  }
  return base::Ok{};
}

// --- What is kept -------------------------------------------------------------------------------

void KeptSession::note(const store::Write& write) {
  if (!is_kept_) return;
  for (const store::Row& row : write.put.items)
    if (!Directory::is_page(row.number)) unsent_.insert(row.number);
  for (const std::uint64_t number : write.erase.items)
    if (!Directory::is_page(number)) unsent_.insert(number);
  send_next();
}

// Round and round, so that an item that changes all the time holds up no other. What fails is named
// by the broker.
void KeptSession::send_next() {
  if (is_sending_ || unsent_.empty() || !store_.is_open()) return;
  auto at = last_sent_ ? unsent_.upper_bound(*last_sent_) : unsent_.begin();
  if (at == unsent_.end()) at = unsent_.begin();
  const std::uint64_t number = *at;
  unsent_.erase(at);
  last_sent_ = number;
  is_sending_ = true;
  const auto sent = [this](auto) {
    is_sending_ = false;
    send_next();
  };
  if (number == kKeyRow)
    store_.call(store::KeepSessionRow{{kKeyRow, 0, {}, {key_row_}}}, sent);
  else if (auto row = session_->row(number))
    store_.call(store::KeepSessionRow{*std::move(row)}, sent);
  else
    store_.call(store::ForgetSessionRow{number}, sent);
}

}  // namespace vault
