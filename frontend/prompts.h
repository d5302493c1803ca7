// The prompt objects: one question to the user at a time, in the order in which they were asked.
#pragma once

#include <deque>
#include <map>
#include <variant>

#include "frontend/gnome_prompter.h"
#include "frontend/kde_prompter.h"
#include "frontend/model.h"
#include "frontend/pinentry_prompter.h"

namespace frontend {

// What a prompt does when the user agrees.
struct UnlockWork {
  struct Target {
    std::string path;        // as the client named it: a collection, an alias or an item
    std::string collection;  // its collection's name
  };
  std::vector<Target> targets;
};
struct CreationWork {
  std::string label;
  std::string alias;  // may be empty
};
struct ChangeWork {
  std::string collection;
};
struct DeletionWork {
  std::string collection;
};
// Whether an application is the one that had a secret before. Of our own alone.
struct PublisherWork {
  std::string before, now;  // where it was installed from
};
using Work = std::variant<UnlockWork, CreationWork, ChangeWork, DeletionWork, PublisherWork>;

// What a prompt's Completed signal says.
struct Outcome {
  bool dismissed = true;
  std::vector<std::string> paths;  // UnlockWork: what is unlocked now
  std::string path = "/";          // CreationWork: the collection
  bool is_same = false;            // PublisherWork, not dismissed: keep, or begin anew
  bool shown = false;              // false: there was nobody to ask
};

class Prompts {
 public:
  static constexpr std::size_t kMaxOfOneClient = 64;

  // What prompts work with; all of it outlives them.
  struct Surroundings {
    base::EventLoop& loop;
    Bus& bus;
    VaultLink& vault;
    Model& model;
    // Calls back when `model` has everything that the vault has answered so far.
    std::function<void(std::function<void()>)> refresh;
    bool is_plasma = false;  // whose prompter is tried first
    // What the program behind a process number calls itself; empty when nobody knows.
    std::function<void(std::uint32_t pid, std::function<void(std::string)>)> identify;
    PinentryPrompter::Start start_pinentry;
  };
  explicit Prompts(Surroundings around)
      : around_(std::move(around)),
        gnome_(around_.bus, around_.vault),
        kde_(around_.bus, around_.vault),
        pinentry_(around_.vault, around_.start_pinentry) {}

  // A prompt of our own, which no client sees, is shown when its turn comes; `who` says in its
  // words who asks. `done` is called once, also when it is dismissed.
  using Done = std::function<void(const Outcome&)>;
  std::uint64_t ask(std::string who, Work work, Done done);
  // A new prompt's number. Code::limits_exceeded when its client has too many.
  base::Result<std::uint64_t> add(const std::string& owner, Work work);
  // The client that it belongs to, or null when there is no such prompt of a client.
  const std::string* owner(std::uint64_t number) const;
  // Shows it when its turn comes. Code::already_exists when that was asked before.
  base::Outcome start(std::uint64_t number, std::string window);
  void dismiss(std::uint64_t number);

  // A bus name is gone: its prompts end, and so do dialogs that it showed for us.
  void on_gone(const std::string& bus_name);
  // A dialog that asks for what is unlocked already is closed. Call it after each change of
  // `model`.
  void on_change();
  // True when the call was a prompter's.
  bool on_call(const Call& call) { return gnome_.on_call(call) || kde_.on_call(call); }

 private:
  struct Prompt {
    std::string owner;
    Work work;
    bool started = false;
    std::string window;
    std::string who;  // of our own: who asks
    Done done = nullptr;
  };

  base::Task<base::Ok> work_through();
  base::Task<Outcome> perform(Prompt prompt);
  base::Task<std::unique_ptr<Dialog>> open_dialog(std::string window);
  base::Task<std::string> name_of(std::string client);
  void complete(std::uint64_t number, const Outcome& outcome);
  void remove(std::uint64_t number);

  // prompt_work.cc. What is referred to outlives the task.
  base::Task<Outcome> unlock(const UnlockWork& work, Dialog& dialog, const std::string& who);
  base::Task<bool> unlock_one(const std::string& collection, Dialog& dialog,
                              const std::string& who);
  base::Task<Outcome> create(const CreationWork& work, Dialog& dialog, const std::string& who);
  base::Task<Outcome> change(const ChangeWork& work, Dialog& dialog, const std::string& who);
  base::Task<Outcome> erase(const DeletionWork& work, Dialog& dialog, const std::string& who);
  base::Task<Outcome> judge(const PublisherWork& work, Dialog& dialog, const std::string& who);
  base::Task<std::optional<wire::Password>> ask_new_password(Question question, Dialog& dialog);
  base::Task<std::optional<wire::Password>> ask_old_password(const std::string& collection,
                                                             Dialog& dialog,
                                                             const std::string& who);
  base::Answer<base::Ok> settled();
  bool is_locked(const std::string& collection) const;

  Surroundings around_;
  GnomePrompter gnome_;
  KdePrompter kde_;
  PinentryPrompter pinentry_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Prompt> prompts_;
  std::deque<std::uint64_t> queue_;  // started; the first is being shown
  Dialog* shown_ = nullptr;          // of the first
  bool working_ = false;
};

}  // namespace frontend
