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
  wire::WritePortalSecret writing;
  writing.application = application_of(number);
  writing.to.value = std::move(requests_.at(number).to);
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
  co_await find_publisher(number);
  while (!is_over(number)) {
    wire::FindPortalSecret finding;
    finding.application = application_of(number);
    auto found = co_await around_.service.vault().ask(std::move(finding));
    if (!found) {
      base::log::warning("portal: no secret was found: {}", found.error().what);
      co_return Response::other;
    }
    if (is_over(number)) break;
    if (found->foreign) co_return co_await judge(number, found->source.value);
    if (found->exists && !found->recorded) co_return co_await adopt(number);
    if (found->exists) co_return Response::success;
    if (found->locked.items.empty()) co_return co_await make(number);
    const Response unlocked = co_await unlock(number, std::move(found->locked.items));
    if (unlocked != Response::success) co_return unlocked;
  }
  co_return Response::cancelled;
}

base::Task<Portal::Response> Portal::make(Number number) {
  wire::MakePortalSecret making;
  making.application = application_of(number);
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

wire::PortalApplication Portal::application_of(Number number) const {
  const Request& request = requests_.at(number);
  return {{request.application}, request.installed};
}

base::Task<base::Ok> Portal::find_publisher(Number number) {
  if (is_over(number)) co_return base::Ok{};
  const std::string application = requests_.at(number).application;
  if (!portal::is_application_id(application)) co_return base::Ok{};
  base::Answer<ipc::Installed> found(
      [this, &application](auto done) { around_.find_publisher(application, std::move(done)); });
  ipc::Installed installed = co_await found;
  if (!is_over(number)) requests_.at(number).installed = std::move(installed);
  co_return base::Ok{};
}

base::Task<Portal::Response> Portal::adopt(Number number) {
  wire::AdoptPortalSecret adopting;
  adopting.application = application_of(number);
  const auto adopted = co_await around_.service.vault().ask(std::move(adopting));
  if (!adopted) {
    base::log::warning("portal: no publisher was recorded: {}", adopted.error().what);
    co_return Response::other;
  }
  around_.service.change_item(adopted->item);
  co_return Response::success;
}

// There is a secret of another publisher's application.
base::Task<Portal::Response> Portal::judge(Number number, std::string before) {
  const Request& request = requests_.at(number);
  PublisherWork work{std::move(before), request.installed.publishers.items.front().source.value};
  Subject subject{"publisher of", request.application};
  base::Answer<Outcome> prompted(
      [&](auto done) { join(number, std::move(subject), std::move(work), std::move(done)); });
  const Outcome outcome = co_await prompted;
  if (outcome.dismissed) co_return outcome.shown ? Response::cancelled : Response::other;
  if (is_over(number)) co_return Response::cancelled;
  if (outcome.is_same) co_return co_await adopt(number);
  co_return co_await make(number);
}

// --- Locked collections -------------------------------------------------------------------------

base::Task<Portal::Response> Portal::unlock(Number number, std::vector<wire::CollectionId> locked) {
  base::Answer<base::Ok> refreshed([this](auto done) {
    around_.service.refresh([done = std::move(done)] { done(base::Ok{}); });
  });
  co_await refreshed;
  UnlockWork work;
  Subject collections;
  for (const wire::CollectionId id : locked) {
    const CollectionView* view = around_.service.model().find(id);
    if (!view) continue;  // it was deleted
    if (!view->info.passwordless) {
      const std::string& name = view->info.name.value;
      collections.push_back(name);
      work.targets.push_back({name, name});
      continue;
    }
    const wire::Unlock open{id, {}};
    const auto opened = co_await around_.service.vault().ask(open);
    if (!opened) co_return Response::other;
  }
  if (is_over(number)) co_return Response::cancelled;
  if (collections.empty()) co_return Response::success;
  base::Answer<Outcome> prompted(
      [&](auto done) { join(number, std::move(collections), std::move(work), std::move(done)); });
  const Outcome outcome = co_await prompted;
  if (!outcome.dismissed) co_return Response::success;
  co_return outcome.shown ? Response::cancelled : Response::other;
}

void Portal::join(Number number, Subject subject, Work work, Answered answered) {
  const bool first = !asking_.contains(subject);
  Asking& asking = asking_[subject];
  asking.waiting.emplace(number, std::move(answered));
  if (!first) return;
  const std::string who = "“" + requests_.at(number).application + "”";
  const auto done = [this, subject](const Outcome& outcome) {
    const auto ended = asking_.extract(subject);
    if (!ended) return;
    for (const auto& [waiting, go_on] : ended.mapped().waiting) go_on(outcome);
  };
  asking.prompt = around_.service.prompts().ask(who, std::move(work), done);
}

// The last one that waits takes the prompt along.
void Portal::leave(Number number) {
  const auto at = std::find_if(asking_.begin(), asking_.end(), [&](const auto& entry) {
    return entry.second.waiting.contains(number);
  });
  if (at == asking_.end()) return;
  const Answered left = at->second.waiting.extract(number).mapped();
  if (at->second.waiting.empty()) {
    const std::uint64_t prompt = at->second.prompt;
    asking_.erase(at);
    around_.service.prompts().dismiss(prompt);
  }
  left(Outcome{});
}

}  // namespace frontend
