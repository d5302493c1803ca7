// The import of another manager's login keyring: when it is due, the helper that parses it, and the
// note of how it ended. See ipc/store_protocol.h for the vault's part.
#pragma once

#include <optional>

#include "base/event_loop.h"
#include "broker/data_directory.h"
#include "broker/foreign_keyrings.h"
#include "broker/process.h"
#include "ipc/store_protocol.h"

namespace broker {

// The note, the file `login-import` of the data directory. It is there from just before the
// collection `login` is made, where there is something to import into it.
struct ImportNote {
  bool due = true;
  std::uint32_t attempts = 0;                                       // that were begun
  ipc::List<ipc::store::Imported, ipc::store::kMaxImported> files;  // of the last that ended
  static constexpr auto fields =
      std::tuple{&ImportNote::due, &ImportNote::attempts, &ImportNote::files};
};

class LoginImport {
 public:
  // An import that was begun so often, and never came to its end, is given up.
  static constexpr std::uint32_t kAttempts = 3;

  // Nothing is imported.
  LoginImport() = default;
  // Call it before the sandbox closes: opens the files where an import is due or may become so.
  static LoginImport prepare(const DataDirectory& directory, bool wanted,
                             std::optional<Program> helper);

  // Call it when the data directory is ours: nobody changes it any more.
  void look_again(const DataDirectory& directory);

  // A login that opens the collection `login` may import: it is there and an import is due, or it
  // is not there yet.
  bool is_possible() const { return !keyrings_.empty() && (!note_ || note_->due); }
  // The collection `login` is about to be made: notes durably that an import is due. A failure is
  // told in the log, and costs the import.
  void note_that_it_is_due();

  // See ipc::store::ReadKeyring and EndImport.
  base::Result<base::UniqueFd> read_keyring(base::EventLoop& loop, std::uint32_t file);
  base::Outcome end(const ipc::store::EndImport& how);
  // Ends the helper, if there is one.
  void stop();
  // Call after SIGCHLD.
  void reap();

  // How the import stands, in words for a person; empty where there was none.
  std::string words() const;

 private:
  bool may_become_due(const DataDirectory& directory) const;
  base::Outcome write(const ImportNote& note);
  base::Result<base::UniqueFd> start_helper(base::EventLoop& loop, const ForeignKeyring& keyring);

  std::string folder_;
  std::optional<Program> helper_;
  std::vector<ForeignKeyring> keyrings_;
  std::optional<ImportNote> note_;  // as it is stored
  bool attempting_ = false;
  pid_t running_ = 0;
  std::vector<pid_t> ending_;  // killed, and not waited for yet
};

}  // namespace broker
