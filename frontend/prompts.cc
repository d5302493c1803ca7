#include "frontend/prompts.h"

#include <algorithm>

#include "base/log.h"
#include "frontend/names.h"

namespace frontend {

base::Result<std::uint64_t> Prompts::add(const std::string& owner, Work work) {
  const auto theirs = std::count_if(prompts_.begin(), prompts_.end(),
                                    [&](const auto& entry) { return entry.second.owner == owner; });
  if (static_cast<std::size_t>(theirs) >= kMaxOfOneClient)
    return base::fail(base::Code::limits_exceeded,
                      "too many prompts are waiting; complete or dismiss some");
  prompts_.emplace(++last_, Prompt{owner, std::move(work), false, {}, {}});
  return last_;
}

std::uint64_t Prompts::ask(std::string who, Work work, Done done) {
  prompts_.emplace(++last_,
                   Prompt{{}, std::move(work), false, {}, std::move(who), std::move(done)});
  if (auto started = start(last_, {}); !started) base::log::error("{}", started.error().what);
  return last_;
}

const std::string* Prompts::owner(std::uint64_t number) const {
  const auto at = prompts_.find(number);
  return at == prompts_.end() || at->second.owner.empty() ? nullptr : &at->second.owner;
}

base::Outcome Prompts::start(std::uint64_t number, std::string window) {
  Prompt& prompt = prompts_.at(number);
  if (prompt.started) return base::fail(base::Code::already_exists, "the prompt is shown already");
  prompt.started = true;
  prompt.window = std::move(window);
  queue_.push_back(number);
  // After the answer to Prompt().
  around_.loop.defer([this] {
    if (!working_) work_through().detach();
  });
  return base::Ok{};
}

void Prompts::dismiss(std::uint64_t number) {
  complete(number, {});
  remove(number);
}

void Prompts::on_gone(const std::string& bus_name) {
  gnome_.on_gone(bus_name);
  kde_.on_gone(bus_name);
  std::vector<std::uint64_t> theirs;
  for (const auto& [number, prompt] : prompts_)
    if (prompt.owner == bus_name) theirs.push_back(number);
  for (const std::uint64_t number : theirs) remove(number);
}

void Prompts::on_change() {
  const auto at = shown_ ? prompts_.find(queue_.front()) : prompts_.end();
  const auto* work = at == prompts_.end() ? nullptr : std::get_if<UnlockWork>(&at->second.work);
  if (work && std::none_of(work->targets.begin(), work->targets.end(),
                           [this](const auto& target) { return is_locked(target.collection); }))
    shown_->close();
}

// The one that is shown stays first in the queue until its task has ended.
void Prompts::remove(std::uint64_t number) {
  prompts_.erase(number);
  if (shown_ && !queue_.empty() && queue_.front() == number) shown_->close();
}

base::Task<base::Ok> Prompts::work_through() {
  working_ = true;
  while (!queue_.empty()) {
    const std::uint64_t number = queue_.front();
    if (const auto at = prompts_.find(number); at != prompts_.end()) {
      const Outcome outcome = co_await perform(at->second);
      complete(number, outcome);
      prompts_.erase(number);
    }
    queue_.pop_front();
  }
  working_ = false;
  co_return base::Ok{};
}

base::Task<Outcome> Prompts::perform(Prompt prompt) {
  std::string who = prompt.who;
  if (who.empty()) who = co_await name_of(prompt.owner);
  const std::unique_ptr<Dialog> dialog = co_await open_dialog(prompt.window);
  if (!dialog) co_return Outcome{};
  shown_ = dialog.get();
  if (!prompts_.contains(queue_.front())) dialog->close();  // dismissed meanwhile
  Outcome outcome;
  if (const auto* work = std::get_if<UnlockWork>(&prompt.work))
    outcome = co_await unlock(*work, *dialog, who);
  else if (const auto* creation = std::get_if<CreationWork>(&prompt.work))
    outcome = co_await create(*creation, *dialog, who);
  else if (const auto* changing = std::get_if<ChangeWork>(&prompt.work))
    outcome = co_await change(*changing, *dialog, who);
  else if (const auto* deletion = std::get_if<DeletionWork>(&prompt.work))
    outcome = co_await erase(*deletion, *dialog, who);
  else if (const auto* judgement = std::get_if<PublisherWork>(&prompt.work))
    outcome = co_await judge(*judgement, *dialog, who);
  shown_ = nullptr;
  outcome.shown = true;
  co_return outcome;
}

base::Task<std::unique_ptr<Dialog>> Prompts::open_dialog(std::string window) {
  std::unique_ptr<Dialog> dialog;
  if (around_.is_plasma) dialog = co_await kde_.open(window);
  if (!dialog) dialog = co_await gnome_.open(window);
  if (!dialog && !around_.is_plasma) dialog = co_await kde_.open(window);
  if (!dialog) dialog = co_await pinentry_.open();
  if (!dialog)
    base::log::warning(
        "nobody can be asked for a password: no prompter is there; install gcr or pinentry-gnome3 "
        "(the prompt is dismissed)");
  co_return dialog;
}

base::Task<std::string> Prompts::name_of(std::string client) {
  const auto pid = co_await around_.bus.ask_for_process(std::move(client));
  std::string name;
  if (pid) {
    base::Answer<std::string> identified(
        [this, pid = *pid](auto done) { around_.identify(pid, std::move(done)); });
    name = co_await identified;
  }
  co_return name.empty() ? "A program that could not be identified" : "“" + name + "”";
}

void Prompts::complete(std::uint64_t number, const Outcome& outcome) {
  const auto at = prompts_.find(number);
  if (at == prompts_.end()) return;
  if (at->second.owner.empty()) {
    if (const Done done = std::exchange(at->second.done, nullptr)) done(outcome);
    return;
  }
  Message signal = Message::signal(prompt_path(number), names::kPrompt, "Completed");
  dbus_message_set_destination(signal.get(), at->second.owner.c_str());
  Writer writer(signal);
  writer.boolean(outcome.dismissed);
  if (std::holds_alternative<UnlockWork>(at->second.work))
    writer.variant("ao", [&](Writer& value) { value.paths(outcome.paths); });
  else if (std::holds_alternative<CreationWork>(at->second.work))
    writer.variant("o", [&](Writer& value) { value.path(outcome.path); });
  else
    writer.variant("s", [](Writer& value) { value.text(""); });
  around_.bus.send(signal);
}

}  // namespace frontend
