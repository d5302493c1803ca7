// From a request of the portal to the secret: what is waited for, and what is asked of the user. A
// request can end at any time; after each wait it may be over.
#include <algorithm>

#include "base/log.h"
#include "frontend/portal.h"
#include "frontend/portal_names.h"

namespace frontend {

namespace portal = portal_names;

void Portal::set_serving(bool serving) {
  serving_ = serving;
  if (!serving) return;
  for (const auto& go_on : std::exchange(waiting_, {})) go_on(base::Ok{});
}

base::Task<base::Ok> Portal::serve(Number number) {
  const Response ready = co_await make_ready(number);
  if (is_over(number)) co_return base::Ok{};
  if (ready != Response::success) {
    finish(number, ready);
    co_return base::Ok{};
  }
  Request& request = requests_.at(number);
  wire::WritePortalSecret writing;
  writing.application.id.value = request.application;
  writing.to.value = std::move(request.to);
  const auto written = co_await around_.service.vault().ask(std::move(writing));
  if (!written) base::log::warning("portal: no secret was handed out: {}", written.error().what);
  finish(number, written ? Response::success : Response::other);
  co_return base::Ok{};
}

// Until the vault can write the secret.
base::Task<Portal::Response> Portal::make_ready(Number number) {
  if (!serving_) {
    base::Answer<base::Ok> vault([this](auto go_on) { waiting_.push_back(std::move(go_on)); });
    co_await vault;
  }
  const bool identified = co_await identify_host(number);
  if (!identified) co_return Response::other;
  while (!is_over(number)) {
    wire::FindPortalSecret finding;
    finding.application.id.value = requests_.at(number).application;
    auto found = co_await around_.service.vault().ask(std::move(finding));
    if (!found) {
      base::log::warning("portal: no secret was found: {}", found.error().what);
      co_return Response::other;
    }
    if (is_over(number)) break;
    if (found->exists) co_return Response::success;
    if (found->locked.items.empty()) co_return co_await make(number);
    const Response unlocked = co_await unlock(number, std::move(found->locked.items));
    if (unlocked != Response::success) co_return unlocked;
  }
  co_return Response::cancelled;
}

base::Task<Portal::Response> Portal::make(Number number) {
  wire::MakePortalSecret making;
  making.application.id.value = requests_.at(number).application;
  const auto made = co_await around_.service.vault().ask(std::move(making));
  if (!made) {
    base::log::warning("portal: no secret was made: {}", made.error().what);
    co_return Response::other;
  }
  if (made->made) around_.service.add_item(made->item);
  co_return Response::success;
}

// --- Who it is for ------------------------------------------------------------------------------

// False when the request is for nobody who may have a secret.
base::Task<bool> Portal::identify_host(Number number) {
  if (is_over(number)) co_return false;
  Request& request = requests_.at(number);
  if (portal::is_application_id(request.application)) co_return true;
  const std::string requester = portal::requester_of(request.handle);
  if (!request.application.empty() || !around_.host_applications || requester.empty()) {
    base::log::info("portal: a program without an application id gets no secret");
    co_return false;
  }
  const auto pid = co_await bus_->ask_for_process(requester);
  if (!pid) co_return false;
  base::Answer<std::string> identified(
      [this, pid = *pid](auto done) { around_.identify(pid, std::move(done)); });
  const std::string program = co_await identified;
  if (program.empty() || is_over(number)) co_return false;
  requests_.at(number).application = portal::host_id(program);
  co_return true;
}

// --- Locked collections -------------------------------------------------------------------------

base::Task<Portal::Response> Portal::unlock(Number number, std::vector<wire::CollectionId> locked) {
  base::Answer<base::Ok> refreshed([this](auto done) {
    around_.service.refresh([done = std::move(done)] { done(base::Ok{}); });
  });
  co_await refreshed;
  Collections collections;
  for (const wire::CollectionId id : locked) {
    const CollectionView* view = around_.service.model().find(id);
    if (!view) continue;  // it was deleted
    if (!view->info.passwordless) {
      collections.push_back(view->info.name.value);
      continue;
    }
    const wire::Unlock open{id, {}};
    const auto opened = co_await around_.service.vault().ask(open);
    if (!opened) co_return Response::other;
  }
  if (is_over(number)) co_return Response::cancelled;
  if (collections.empty()) co_return Response::success;
  base::Answer<Outcome> prompted(
      [&](auto done) { join(number, std::move(collections), std::move(done)); });
  const Outcome outcome = co_await prompted;
  if (!outcome.dismissed) co_return Response::success;
  co_return outcome.shown ? Response::cancelled : Response::other;
}

void Portal::join(Number number, Collections collections, Unlocked unlocked) {
  const bool first = !unlocking_.contains(collections);
  Unlocking& unlocking = unlocking_[collections];
  unlocking.waiting.emplace(number, std::move(unlocked));
  if (!first) return;
  UnlockWork work;
  for (const std::string& name : collections) work.targets.push_back({name, name});
  const std::string& application = requests_.at(number).application;
  const auto done = [this, collections](const Outcome& outcome) {
    const auto ended = unlocking_.extract(collections);
    if (!ended) return;
    for (const auto& [waiting, go_on] : ended.mapped().waiting) go_on(outcome);
  };
  unlocking.prompt = around_.service.prompts().ask("“" + application + "”", std::move(work), done);
}

// The last one that waits takes the prompt along.
void Portal::leave(Number number) {
  const auto at = std::find_if(unlocking_.begin(), unlocking_.end(), [&](const auto& entry) {
    return entry.second.waiting.contains(number);
  });
  if (at == unlocking_.end()) return;
  const Unlocked left = at->second.waiting.extract(number).mapped();
  if (at->second.waiting.empty()) {
    const std::uint64_t prompt = at->second.prompt;
    unlocking_.erase(at);
    around_.service.prompts().dismiss(prompt);
  }
  left(Outcome{});
}

}  // namespace frontend
