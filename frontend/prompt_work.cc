// What each kind of prompt asks, and does with the answers.
#include <algorithm>

#include "base/log.h"
#include "frontend/prompts.h"

namespace frontend {
namespace {

constexpr const char* kWrongPassword = "That password was wrong. Try again.";

std::string quoted(const std::string& label) { return "“" + label + "”"; }

// What the user reads when a step failed, and the log when nobody reads it.
void report(const char* step, const base::Error& error) {
  base::log::warning("a prompt could not {}: {}", step, error.what);
}

}  // namespace

base::Answer<base::Ok> Prompts::settled() {
  return base::Answer<base::Ok>(
      [this](auto done) { around_.refresh([done] { done(base::Ok{}); }); });
}

bool Prompts::is_locked(const std::string& collection) const {
  const CollectionView* view = around_.model.find(collection);
  return view && view->info.locked;
}

// --- Unlock -------------------------------------------------------------------------------------

base::Task<Outcome> Prompts::unlock(const UnlockWork& work, Dialog& dialog,
                                    const std::string& who) {
  Outcome outcome;
  bool go_on = true;
  for (const UnlockWork::Target& target : work.targets) {
    if (go_on && is_locked(target.collection))
      go_on = co_await unlock_one(target.collection, dialog, who);
    if (around_.model.find(target.collection) && !is_locked(target.collection))
      outcome.paths.push_back(target.path);
  }
  outcome.dismissed = outcome.paths.empty();
  co_return outcome;
}

// Asks until it is unlocked; false when the user gave up.
base::Task<bool> Prompts::unlock_one(const std::string& collection, Dialog& dialog,
                                     const std::string& who) {
  Question question;
  question.title = "Unlock Keyring";
  question.message = "Authentication required";
  question.go_on = "Unlock";
  while (true) {
    const CollectionView* view = around_.model.find(collection);
    if (!view) co_return true;
    const wire::CollectionId id = view->info.id;
    question.keyring = view->info.label.value;
    question.description = who + " wants access to the keyring " + quoted(view->info.label.value) +
                           ", which is locked.";
    if (view->info.awaits_old_password)
      question.description +=
          " Your login has a new password, and the keyring still has the old one: type the old one "
          "here, and from then on the keyring opens with your login.";
    auto reply = co_await dialog.ask(question);
    if (!reply) report("ask for a password", reply.error());
    if (!reply || !reply->accepted) co_return false;
    const wire::Unlock request{id, {reply->password.id}};
    const auto unlocked = co_await around_.vault.ask(request);
    if (unlocked) {
      co_await settled();
      co_return true;
    }
    if (unlocked.error().code != base::Code::wrong_password) {
      report("unlock a keyring", unlocked.error());
      if (unlocked.error().code == base::Code::unavailable) co_return false;
    }
    question.warning = unlocked.error().code == base::Code::wrong_password ? kWrongPassword
                                                                           : unlocked.error().what;
  }
}

// --- Passwords ----------------------------------------------------------------------------------

// Nothing when the user gave up. An empty password is confirmed.
base::Task<std::optional<wire::Password>> Prompts::ask_new_password(Question question,
                                                                    Dialog& dialog) {
  question.kind = Question::Kind::new_password;
  question.go_on = "Continue";
  while (true) {
    auto reply = co_await dialog.ask(question);
    if (!reply) report("ask for a password", reply.error());
    if (!reply || !reply->accepted) co_return std::nullopt;
    if (!reply->password.empty) co_return reply->password;
    Question confirmation;
    confirmation.kind = Question::Kind::confirmation;
    confirmation.title = question.title;
    confirmation.message = "Store passwords unencrypted?";
    confirmation.description =
        "Without a password, whoever can read your files can read what is in this keyring.";
    confirmation.go_on = "Continue";
    const auto confirmed = co_await dialog.ask(confirmation);
    if (confirmed && confirmed->accepted) co_return reply->password;
    around_.vault.call(wire::DropPassword{reply->password.id}, [](auto) {});
    if (!confirmed) co_return std::nullopt;
  }
}

// Nothing when the user gave up. What is returned was checked, and opens the collection.
base::Task<std::optional<wire::Password>> Prompts::ask_old_password(const std::string& collection,
                                                                    Dialog& dialog,
                                                                    const std::string& who) {
  Question question;
  question.title = "Change Keyring Password";
  question.go_on = "Continue";
  while (true) {
    const CollectionView* view = around_.model.find(collection);
    if (!view) co_return std::nullopt;
    const wire::CollectionId id = view->info.id;
    const std::string label = quoted(view->info.label.value);
    question.keyring = view->info.label.value;
    question.message = "Type the old password of the keyring " + label;
    question.description = who + " wants to change the password of the keyring " + label + ".";
    const auto reply = co_await dialog.ask(question);
    if (!reply) report("ask for a password", reply.error());
    if (!reply || !reply->accepted) co_return std::nullopt;
    const wire::CheckPassword check{id, reply->password.id};
    const auto checked = co_await around_.vault.ask(check);
    if (checked) co_return reply->password;
    if (checked.error().code == base::Code::unavailable) co_return std::nullopt;
    question.warning =
        checked.error().code == base::Code::wrong_password ? kWrongPassword : checked.error().what;
  }
}

// --- Collections --------------------------------------------------------------------------------

base::Task<Outcome> Prompts::create(const CreationWork& work, Dialog& dialog,
                                    const std::string& who) {
  Outcome outcome;
  // Somebody may have made it while this prompt waited.
  if (const auto* bound = work.alias.empty() ? nullptr : around_.model.alias(work.alias)) {
    outcome = {false, {}, collection_path(*bound)};
    co_return outcome;
  }
  Question question;
  question.keyring = work.label;
  question.title = "New Keyring Password";
  question.message = "Choose a password for the new keyring";
  question.description = who + " wants to create a keyring called " + quoted(work.label) +
                         ". Choose the password that will protect it.";
  const auto password = co_await ask_new_password(question, dialog);
  if (!password) co_return outcome;
  const wire::CreateCollection creation{{work.label}, password->id};
  const auto created = co_await around_.vault.ask(creation);
  if (!created) {
    report("create a keyring", created.error());
    co_return outcome;
  }
  if (!work.alias.empty()) {
    const wire::SetAlias binding{{work.alias}, {created->collection}};
    const auto bound = co_await around_.vault.ask(binding);
    if (!bound) report("set the alias of a new keyring", bound.error());
  }
  co_await settled();
  if (const CollectionView* view = around_.model.find(created->collection))
    outcome = {false, {}, view->path()};
  co_return outcome;
}

base::Task<Outcome> Prompts::change(const ChangeWork& work, Dialog& dialog,
                                    const std::string& who) {
  Outcome outcome;
  const CollectionView* view = around_.model.find(work.collection);
  if (!view) co_return outcome;
  wire::ChangePassword request{view->info.id, {}, {}};
  if (!view->info.passwordless) {
    const auto before = co_await ask_old_password(work.collection, dialog, who);
    if (!before) co_return outcome;
    request.before.value = before->id;
  }
  view = around_.model.find(work.collection);
  if (!view) co_return outcome;
  Question question;
  question.title = "Change Keyring Password";
  question.keyring = view->info.label.value;
  question.message = "Choose a new password for the keyring " + quoted(view->info.label.value);
  question.description =
      who + " wants to change the password of the keyring " + quoted(view->info.label.value) + ".";
  const auto after = co_await ask_new_password(question, dialog);
  if (!after) {
    if (request.before.value)
      around_.vault.call(wire::DropPassword{*request.before.value}, [](auto) {});
    co_return outcome;
  }
  request.after = after->id;
  const auto changed = co_await around_.vault.ask(request);
  if (!changed) report("change a password", changed.error());
  co_await settled();
  outcome.dismissed = !changed;
  co_return outcome;
}

base::Task<Outcome> Prompts::erase(const DeletionWork& work, Dialog& dialog,
                                   const std::string& who) {
  Outcome outcome;
  const CollectionView* view = around_.model.find(work.collection);
  if (!view) co_return outcome;
  const wire::CollectionId id = view->info.id;
  const std::size_t count = view->items.size();
  Question question;
  question.kind = Question::Kind::confirmation;
  question.title = "Delete Keyring";
  question.message = "Delete the keyring " + quoted(view->info.label.value) + "?";
  question.description = who + " wants to delete it, with the " +
                         (count == 1 ? "one secret" : std::to_string(count) + " secrets") +
                         " in it. They cannot be brought back.";
  question.go_on = "Delete";
  const auto reply = co_await dialog.ask(question);
  if (!reply) report("ask for a confirmation", reply.error());
  if (!reply || !reply->accepted) co_return outcome;
  const wire::DeleteCollection deletion{id};
  const auto deleted = co_await around_.vault.ask(deletion);
  if (!deleted) report("delete a keyring", deleted.error());
  co_await settled();
  outcome.dismissed = !deleted;
  co_return outcome;
}

// --- Publishers ---------------------------------------------------------------------------------

// Two questions, each of which can be answered with yes: a dialog has no third button.
base::Task<Outcome> Prompts::judge(const PublisherWork& work, Dialog& dialog,
                                   const std::string& who) {
  Outcome outcome;
  Question question;
  question.kind = Question::Kind::confirmation;
  question.title = "Another Publisher";
  question.message = "Is " + who + " the application that you had before?";
  question.description =
      (work.before == work.now
           ? "It comes from " + quoted(work.now) +
                 " as before, but with other signing keys, or into another "
                 "installation"
           : "It came from " + quoted(work.before) + ", and now comes from " + quoted(work.now)) +
      ". If it is another application of the same name, it must not get the "
      "key to the data of the one before.";
  question.go_on = "It Is the Same";
  const auto same = co_await dialog.ask(question);
  if (!same) report("ask about an application", same.error());
  outcome.is_same = same && same->accepted;
  outcome.dismissed = !outcome.is_same;
  if (!same || outcome.is_same) co_return outcome;
  question.message = "Begin with a new key for " + who + "?";
  question.description =
      "It cannot read what was encrypted with the key that it had before. That key is kept.";
  question.go_on = "New Key";
  const auto anew = co_await dialog.ask(question);
  outcome.dismissed = !anew || !anew->accepted;
  co_return outcome;
}

}  // namespace frontend
