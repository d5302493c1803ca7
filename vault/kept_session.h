// The session collection, kept where it survives this process: sealed, in the broker's hands. See
// store::KeepSessionRow.
#pragma once

#include <set>

#include "ipc/client.h"
#include "vault/collection.h"

namespace vault {

// What is kept are the session collection's own rows, and its key, wrapped by a key of the
// collection `login`. So nothing is kept, and nothing comes back, before `login` is open for the
// first time in this process; that key is made for the moment, and gone before anybody is answered.
// What comes back may be older than what was there last, or missing: it is the session
// collection's, or it is not served.
class KeptSession {
 public:
  using StoreClient = ipc::Client<store::Protocol>;
  using Done = std::function<void()>;
  static constexpr std::size_t kMaxRows = 1000;  // that are taken in

  // All of these outlive it. Does nothing unless `is_wanted`.
  KeptSession(StoreClient& store, Arena& arena, bool is_wanted)
      : store_(store), arena_(arena), is_wanted_(is_wanted) {}

  // Reads what is kept, and reserves its numbers in the new collection `session`, so that no item
  // changes its number when the rest comes back. `session` outlives this object.
  void load(Collection& session, Done done);
  // `login` was opened or made. The first time, `session` becomes the one that was kept, with the
  // items that it has now among them, and from then on it is kept. True when items came back.
  bool login_is_open(const Collection& login);
  // The session collection changed.
  void note(const store::Write& write);

 private:
  void load_after(std::uint64_t after, Done done);
  base::Result<std::optional<Collection>> kept_one(const SecretBytes& wrapping) const;
  base::Outcome take_in_kept(Collection& into);
  base::Outcome take_in_present(Collection& into) const;
  base::Outcome restore(const SecretBytes& wrapping);
  void send_next();

  StoreClient& store_;
  Arena& arena_;
  bool is_wanted_;
  Collection* session_ = nullptr;
  std::vector<store::Row> loaded_;  // until `login` is open; the newest first
  bool is_kept_ = false;
  base::Bytes key_row_;
  // Numbers whose rows the broker does not have as they are now; one is on its way at a time.
  std::set<std::uint64_t> unsent_;
  std::optional<std::uint64_t> last_sent_;
  bool is_sending_ = false;
};

}  // namespace vault
