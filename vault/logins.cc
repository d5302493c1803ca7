#include "vault/logins.h"

#include <algorithm>

#include "base/log.h"

namespace vault {
namespace {

constexpr std::size_t kMax = 16;

}  // namespace

void Logins::serve(base::UniqueFd connection, LoginProtocol protocol, bool vouched_for) {
  exchanges_.remove_if([](const auto& exchange) { return exchange.expired(); });
  if (!make_room()) return base::log::warning("login: too many are being served");
  exchanges_.push_back(LoginExchange::begin(vault_, std::move(connection), protocol, vouched_for));
}

bool Logins::make_room() {
  if (exchanges_.size() < kMax) return true;
  const auto silent = std::find_if(exchanges_.begin(), exchanges_.end(), [](const auto& exchange) {
    const auto alive = exchange.lock();
    return alive && alive->is_reading();
  });
  if (silent == exchanges_.end()) return false;
  silent->lock()->finish();
  exchanges_.erase(silent);
  return true;
}

}  // namespace vault
